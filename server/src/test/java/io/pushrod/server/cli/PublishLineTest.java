package io.pushrod.server.cli;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.IdField;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PublishLineTest {
  private static final String TOPIC = "job/build";

  private static String text(PublishLine line) {
    return String.valueOf(requireNonNull(FlatJson.parse(line.data())).text("text"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "plain",
        "",
        "{not json",
        "{\"a\":1}",
        "{\"type\":5}",
        "[1]",
        "{\"type\":\"a\"} and more",
        " {\"type\":\"indented\"}",
        "\"quoted\"",
        "tab\tand \u001b[31mcolour"
      })
  void textIsAPieceOfALongerText(String line) {
    List<PublishLine> lines = PublishLine.parse(line + "\n", TOPIC, "token_chunk");
    assertThat(lines)
        .containsExactly(
            new PublishLine(
                List.of(TOPIC),
                "token_chunk",
                Map.of(),
                "{\"text\":" + FlatJson.quote(line + "\n") + "}"));
    assertThat(text(lines.getFirst())).isEqualTo(line + "\n");
  }

  @Test
  void theLastLineKeepsItsMissingEnd() {
    assertThat(PublishLine.parse("$ ", TOPIC, "token_chunk").getFirst().data())
        .isEqualTo("{\"text\":\"$ \"}");
  }

  @Test
  void anObjectWithATypeIsAnEvent() {
    assertThat(
            PublishLine.parse(
                "{\"type\":\"progress\", \"data\": {\"step\": [1, 2]} , \"run_id\":\"r1\"}\n",
                TOPIC,
                "token_chunk"))
        .containsExactly(
            new PublishLine(
                List.of(TOPIC), "progress", Map.of(IdField.RUN_ID, "r1"), "{\"step\": [1, 2]}"));
    assertThat(
            PublishLine.parse("{\"type\":\"a\",\"data\":\"x\"}\r\n", TOPIC, "token_chunk")
                .getFirst()
                .data())
        .isEqualTo("\"x\"");
    assertThat(
            PublishLine.parse("{\"type\":\"a\",\"data\":null}", TOPIC, "token_chunk")
                .getFirst()
                .data())
        .isEqualTo("null");
    assertThat(
            PublishLine.parse("{\"type\":\"a\",\"data\":-1.50}", TOPIC, "token_chunk")
                .getFirst()
                .data())
        .isEqualTo("-1.50");
  }

  @Test
  void anEventMayNameItsTopics() {
    assertThat(
            PublishLine.parse("{\"type\":\"a\",\"topic\":\"t/1\"}", TOPIC, "token_chunk")
                .getFirst()
                .topics())
        .containsExactly("t/1");
    assertThat(
            PublishLine.parse("{\"type\":\"a\",\"topics\":[\"t/1\",\"t/2\"]}", TOPIC, "token_chunk")
                .getFirst()
                .topics())
        .containsExactly("t/1", "t/2");
    assertThatThrownBy(
            () -> PublishLine.parse("{\"type\":\"a\",\"topic\":\"t 1\"}", TOPIC, "token_chunk"))
        .isInstanceOf(CommandFailed.class);
    assertThatThrownBy(
            () ->
                PublishLine.parse(
                    "{\"type\":\"a\",\"topics\":[" + "\"t\",".repeat(8) + "\"t\"]}",
                    TOPIC,
                    "token_chunk"))
        .hasMessage("topics: 9 (expected: <= 8)");
  }

  @Test
  void whatTailPrintsCanBePublishedAgain() {
    String event =
        "{\"id\":\"k3-7\",\"seq\":7,\"topic\":\"thread/42\",\"type\":\"token_chunk\",\"ts\":1,"
            + "\"tenant_id\":\"acme\",\"env\":\"prod\",\"node_id\":\"n\",\"data\":{\"text\":\"x\"}}";
    assertThat(PublishLine.parse(event, TOPIC, "token_chunk"))
        .containsExactly(
            new PublishLine(
                List.of("thread/42"),
                "token_chunk",
                Map.of(IdField.NODE_ID, "n"),
                "{\"text\":\"x\"}"));
  }

  @Test
  void longTextBecomesSeveralPiecesOfWholeCharacters() {
    String text = "x" + "😀".repeat(20_000) + "\n";
    List<PublishLine> pieces = PublishLine.parse(text, TOPIC, "token_chunk");
    assertThat(pieces).hasSizeGreaterThan(2);
    StringBuilder joined = new StringBuilder();
    for (PublishLine piece : pieces) {
      String part = text(piece);
      assertThat(Character.isLowSurrogate(part.charAt(0))).isFalse();
      joined.append(part);
    }
    assertThat(joined).hasToString(text);
  }
}
