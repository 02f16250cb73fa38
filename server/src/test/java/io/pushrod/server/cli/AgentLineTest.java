package io.pushrod.server.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.cli.AgentLine.Event;
import io.pushrod.server.cli.AgentLine.Failure;
import io.pushrod.server.cli.AgentLine.Result;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AgentLineTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{\"type\":\"token\",\"text\":\"a\"}                        | token_chunk      | {\"text\":\"a\"}",
        "{\"type\":\"token\",\"content\":\"a\",\"index\":2}         | token_chunk      | {\"text\":\"a\",\"index\":2}",
        "{\"type\":\"token_chunk\",\"data\":{\"text\":\"a\"}}       | token_chunk      | {\"text\":\"a\"}",
        "{\"type\":\"message\",\"text\":\"hi\"}                     | agent_message    | {\"text\":\"hi\"}",
        "{\"type\":\"step\",\"node_name\":\"n\",\"duration_ms\":7}  | node_end         | {\"node\":\"n\",\"duration_ms\":7}",
        "{\"type\":\"node_start\",\"node\":\"n\"}                   | node_start       | {\"node\":\"n\"}",
        "{\"type\":\"progress\",\"step\":\"s\",\"progress\":0.5}    | progress         | {\"step\":\"s\",\"progress\":0.5}",
        "{\"type\":\"checkpoint\",\"name\":\"c\",\"data\":{\"k\":1}}| checkpoint       | {\"name\":\"c\",\"data\":{\"k\":1}}",
        "{\"type\":\"artifact\",\"path\":\"a.txt\"}                 | artifact_written | {\"path\":\"a.txt\"}",
        "{\"type\":\"custom\",\"name\":\"fraud\",\"data\":[1]}      | custom:fraud     | [1]",
        "{\"type\":\"custom\",\"event_type\":\"fraud\"}             | custom:fraud     | {}",
        "{\"type\":\"custom:fraud\",\"score\":1}                    | custom:fraud     | {\"score\":1}",
        "{\"type\":\"tool_call\"}                                   | tool_call        | {}",
        "  {\"type\":\"tool_call\",\"data\":\"x\"}                | tool_call        | \"x\"",
      })
  void aJsonObjectWithATypeIsThatEvent(String line, String type, String data) {
    assertThat(AgentLine.parse(line)).containsExactly(new Event(type, data));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "plain",
        "[1]",
        "{\"type\":1}",
        "{\"text\":\"no type\"}",
        "{\"type\":\"gap\"}",
        "{\"type\":\"topic_readers\",\"users\":[]}",
        "{\"type\":\"a b\"}",
        "{\"type\":\"custom\"}",
        "{\"type\":\"a\"} and more",
        "{\"type\":\"a\""
      })
  void everyOtherLineIsText(String line) {
    assertThat(AgentLine.parse(line + "\n"))
        .containsExactly(
            new Event("token_chunk", "{\"text\":" + FlatJson.quote(line + "\n") + "}"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"started", "run_start", "cancelled", "cancelling", "stalled", "heartbeat"})
  void whatOnlyTheServerSaysIsLeftOut(String type) {
    assertThat(AgentLine.parse("{\"type\":\"" + type + "\",\"by\":\"me\"}")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"result", "complete", "run_end"})
  void aResultIsTheOutputOfTheRun(String type) {
    assertThat(AgentLine.parse("{\"type\":\"" + type + "\",\"output\":{\"a\":[1, 2]}}"))
        .containsExactly(new Result("{\"a\":[1, 2]}"));
    assertThat(AgentLine.parse("{\"type\":\"" + type + "\"}")).containsExactly(new Result("null"));
    assertThat(AgentLine.parse("{\"type\":\"" + type + "\",\"output\":\"é\\n\"}"))
        .containsExactly(new Result("\"é\\n\""));
  }

  @Test
  void anErrorFailsTheRun() {
    assertThat(
            AgentLine.parse(
                "{\"type\":\"error\",\"code\":\"quota\",\"message\":\"later\",\"retryable\":true}"))
        .containsExactly(new Failure("quota", "later", true));
    assertThat(AgentLine.parse("{\"type\":\"error\",\"error\":\"bad\"}"))
        .containsExactly(new Failure("error", "bad", false));
    assertThat(AgentLine.parse("{\"type\":\"error\"}"))
        .containsExactly(new Failure("error", "the agent reports an error", false));
  }

  @Test
  void whatBeginsALineDecidesWhetherItWaits() {
    assertThat(AgentLine.isText("a")).isTrue();
    assertThat(AgentLine.isText(" [")).isTrue();
    assertThat(AgentLine.isText(" {")).isFalse();
    assertThat(AgentLine.isText(" ")).as("may still become an event").isFalse();
  }

  @Test
  void longTextIsCutIntoEventsThatReadersJoin() {
    List<AgentLine> pieces = AgentLine.parse("é".repeat(20_000) + "\n");
    assertThat(pieces).hasSize(2);
    assertThat(pieces.getLast())
        .isEqualTo(
            new Event("token_chunk", "{\"text\":\"" + "é".repeat(20_000 - 16_384) + "\\n\"}"));
  }
}
