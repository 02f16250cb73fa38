package io.pushrod.server.dialect;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.session.EventFilter;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockrionFilterTest {
  private static final EventTypes TYPES =
      new EventTypes(ServerConfig.with(false).events().classes());

  /// A native type that stands for each name; what a run of any kind may emit.
  private static final Map<String, String> NATIVE =
      Map.ofEntries(
          Map.entry("started", "run_start"),
          Map.entry("complete", "run_end"),
          Map.entry("error", "error"),
          Map.entry("cancelled", "cancelled"),
          Map.entry("token", "token_chunk"),
          Map.entry("step", "node_end"),
          Map.entry("progress", "progress"),
          Map.entry("checkpoint", "checkpoint"),
          Map.entry("heartbeat", "heartbeat"),
          Map.entry("custom:fraud_check", "custom:fraud_check"),
          Map.entry("custom:analytics", "custom:analytics"),
          Map.entry("artifact_written", "artifact_written"));

  private static final Set<String> MANDATORY = Set.of("started", "complete", "error", "cancelled");

  private static Set<String> admitted(EventFilter filter) {
    Set<String> admitted = new TreeSet<>();
    NATIVE.forEach(
        (name, type) -> {
          if (filter.admits(TYPES.of(type, null))) {
            admitted.add(name);
          }
        });
    return admitted;
  }

  private static boolean admits(EventFilter filter, String type) {
    return filter.admits(TYPES.of(type, null));
  }

  /// Each row is judged for all twelve names.
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "minimal                                | ",
        "chat                                   | token step progress heartbeat",
        "token                                  | token",
        "step                                   | step",
        "progress                               | progress",
        "checkpoint                             | checkpoint",
        "heartbeat                              | heartbeat",
        "token,step                             | token step",
        "token,step,progress,checkpoint,heartbeat | token step progress checkpoint heartbeat",
        "custom                                 | custom:fraud_check custom:analytics",
        "token,custom                           | token custom:fraud_check custom:analytics",
        "custom:fraud_check                     | custom:fraud_check",
        "token,custom:fraud_check               | token custom:fraud_check",
        "custom:fraud_check,custom:analytics    | custom:fraud_check custom:analytics",
        "custom,custom:fraud_check              | custom:fraud_check custom:analytics",
        "custom:fraud_check,custom              | custom:fraud_check custom:analytics",
        "custom:fraud                           | ",
        "custom:FRAUD_CHECK                     | ",
        "started                                | ",
        "started,complete,error,cancelled,token | token",
        "token,token                            | token",
      })
  void admitsWhatIsNamedAndWhatIsMandatory(String text, String expected) {
    Set<String> names = new TreeSet<>(MANDATORY);
    if (expected != null) {
      names.addAll(Arrays.asList(expected.split(" ", -1)));
    }
    assertThat(admitted(DockrionFilter.parse(text))).isEqualTo(names);
  }

  @ParameterizedTest
  @ValueSource(strings = {"all", "debug"})
  void admitsEverythingByPreset(String preset) {
    assertThat(DockrionFilter.preset(preset)).isEqualTo(EventFilter.ALL);
    assertThat(admitted(DockrionFilter.parse(preset))).isEqualTo(NATIVE.keySet());
  }

  @Test
  void admitsMandatoryEventsOnlyByAnEmptyList() {
    assertThat(admitted(DockrionFilter.ofNames(List.of()))).isEqualTo(MANDATORY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"minimal", "chat", "token", "custom:a"})
  void admitsWhatSaysThatARunHoldsUp(String text) {
    EventFilter filter = DockrionFilter.parse(text);
    assertThat(admits(filter, "stalled")).isTrue();
    assertThat(admits(filter, "cancelling")).isTrue();
  }

  @Test
  void admitsBothSpellingsOfATokenAndBothEndsOfAStep() {
    EventFilter filter = DockrionFilter.parse("token,step");
    for (String type : List.of("token_chunk", "token", "node_start", "node_end", "step")) {
      assertThat(admits(filter, type)).as(type).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"fraud_check", "custom", "customs:fraud_check"})
  void admitsNoCustomNameAlone(String type) {
    assertThat(admits(DockrionFilter.parse("custom:fraud_check"), type)).isFalse();
    assertThat(admits(DockrionFilter.parse("token,custom"), type)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ",", "token,", "verbose", "Chat", "token,verbose", "custom:", "token,custom:",
        "token_chunk", "run_start", "cust*", "*", "class:delta", "chat,token", "all,custom", "none",
        " token", "custom:a b", "custom:\"", "custom:\n"
      })
  void refusesWhatNobodyIsCalled(String text) {
    assertThatThrownBy(() -> DockrionFilter.parse(text))
        .isInstanceOfSatisfying(
            RequestException.class, e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_FILTER))
        .hasMessageStartingWith("filter: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "token", "verbose", "custom"})
  void refusesPresetsThatThereAreNot(String name) {
    assertThatThrownBy(() -> DockrionFilter.preset(name)).hasMessageContaining("minimal");
  }

  @Test
  void namesPresetsInNoList() {
    assertThatThrownBy(() -> DockrionFilter.ofNames(List.of("chat")))
        .isInstanceOf(RequestException.class);
  }

  @Test
  void boundsTheNamesOfAList() {
    List<String> most = Collections.nCopies(EventFilter.MAX_ENTRIES, "token");
    assertThat(DockrionFilter.parse(String.join(",", most)))
        .isEqualTo(DockrionFilter.parse("token"));
    assertThatThrownBy(() -> DockrionFilter.parse(String.join(",", most) + ",token"))
        .isInstanceOf(RequestException.class);
  }

  @Test
  void isTheSameValueHoweverItIsWritten() {
    assertThat(DockrionFilter.parse("token,step,progress,heartbeat"))
        .isEqualTo(DockrionFilter.preset("chat"));
    assertThat(DockrionFilter.parse("custom:a,custom")).isEqualTo(DockrionFilter.parse("custom"));
  }
}
