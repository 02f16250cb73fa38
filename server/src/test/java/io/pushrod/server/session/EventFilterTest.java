package io.pushrod.server.session;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.RequestException;
import io.pushrod.server.support.LogFixture;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EventFilterTest {
  private static boolean admits(String type, String... entries) {
    return EventFilter.parse(List.of(entries)).admits(LogFixture.TYPES.of(type, null));
  }

  @Test
  void admitsEverythingWhenNothingIsAskedFor() {
    assertThat(admits("anything")).isTrue();
    assertThat(admits("typing", "all")).isTrue();
    assertThat(admits("anything", "debug")).isTrue();
    assertThat(admits("anything", "*")).isTrue();
  }

  @Test
  void knowsPresets() {
    assertThat(admits("token_chunk", "chat")).isTrue();
    assertThat(admits("agent_message", "chat")).isTrue();
    assertThat(admits("typing", "chat")).isTrue();
    assertThat(admits("trace", "chat")).isFalse();
    assertThat(admits("token_chunk", "minimal")).isFalse();
  }

  @Test
  void admitsNamesPrefixesAndClasses() {
    String[] entries = {"note", "custom:*", "class:state"};
    assertThat(admits("note", entries)).isTrue();
    assertThat(admits("note2", entries)).isFalse();
    assertThat(admits("custom:x", entries)).isTrue();
    assertThat(admits("custom", entries)).isFalse();
    assertThat(admits("progress", entries)).isTrue();
    assertThat(admits("token_chunk", entries)).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"minimal", "chat", "note", "x*", "class:signal"})
  void alwaysAdmitsLifecycleEvents(String entry) {
    assertThat(admits("run_end", entry)).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "class:", "class:none", "a b", "\"", "a**"})
  void refusesWhatCannotBeAType(String entry) {
    assertThatThrownBy(() -> EventFilter.parse(List.of(entry)))
        .isInstanceOf(RequestException.class)
        .hasMessageStartingWith("filter: ");
  }

  @Test
  void boundsTheNumberOfEntries() {
    EventFilter.parse(Collections.nCopies(EventFilter.MAX_ENTRIES, "a"));
    assertThatThrownBy(
            () -> EventFilter.parse(Collections.nCopies(EventFilter.MAX_ENTRIES + 1, "a")))
        .isInstanceOf(RequestException.class)
        .hasMessageContaining("at most 64");
  }

  @Test
  void isEqualForTheSameWishInAnyOrder() {
    assertThat(EventFilter.parse(List.of("a", "b*", "class:delta")))
        .isEqualTo(EventFilter.parse(List.of("class:delta", "b*", "a", "a")));
  }
}
