package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.dialect.DockrionEvents.Shape;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DockrionEventsTest {
  private static final long EPOCH = 71;
  private static final String BASE =
      "\"run_id\":\"r1\",\"sequence\":7,\"timestamp\":\"2026-11-21T06:16:00.123+00:00\"";

  private final DockrionEvents managed = new DockrionEvents(Shape.MANAGED);
  private final DockrionEvents direct = new DockrionEvents(Shape.DIRECT);

  private static String natively(String type, String data) {
    return "{\"id\":\"1z-7\",\"seq\":7,\"topic\":\"run/r1\",\"type\":\""
        + type
        + "\",\"ts\":1795241760123,\"tenant_id\":\"acme\",\"env\":\"prod\",\"run_id\":\"r1\","
        + "\"agent_id\":\"echo\",\"data\":"
        + data
        + "}";
  }

  /// `<name> <json>`, the JSON without its id.
  private static String rendered(DockrionEvents by, String json) {
    ByteBuf source = Unpooled.copiedBuffer("##" + json + "##", UTF_8);
    by.render(EPOCH, 7, source, 2, source.readableBytes() - 4);
    String text = by.json().toString(UTF_8);
    return by.name() + " " + text.replaceFirst("\\{\"id\":\"evt-[0-9a-f]{12}\",", "{");
  }

  private String managed(String type, String data) {
    return rendered(managed, natively(type, data));
  }

  private String direct(String type, String data) {
    return rendered(direct, natively(type, data));
  }

  private static String expected(String type, String rest) {
    return type + " {\"type\":\"" + type + "\"," + BASE + rest + "}";
  }

  // Managed runs.

  @Test
  void startsWithTheAgent() {
    assertThat(managed("run_start", "{\"agent\":\"echo\",\"user\":\"ann\"}"))
        .isEqualTo(expected("started", ",\"agent_name\":\"echo\",\"framework\":null"));
  }

  @Test
  void givesATokenItsContent() {
    assertThat(managed("token_chunk", "{\"text\":\"Hé \\\"llo\\n\"}"))
        .isEqualTo(expected("token", ",\"content\":\"Hé \\\"llo\\n\",\"finish_reason\":null"));
    assertThat(managed("token", "{\"content\":\"a\",\"finish_reason\":\"stop\"}"))
        .isEqualTo(expected("token", ",\"content\":\"a\",\"finish_reason\":\"stop\""));
  }

  @Test
  void keepsWhatADeltaSaysBesides() {
    assertThat(managed("token_chunk", "{\"text\":\"a\",\"index\":3,\"marker\":\"m\"}"))
        .isEqualTo(
            expected(
                "token", ",\"content\":\"a\",\"finish_reason\":null,\"index\":3,\"marker\":\"m\""));
  }

  @Test
  void showsFoldedDeltasAsOneTokenThatSaysWhereItBegins() {
    String folded =
        natively("token_chunk", "{\"text\":\"abc\"}")
            .replace("\"seq\":7", "\"seq\":7,\"from_seq\":5");
    assertThat(rendered(managed, folded))
        .isEqualTo(
            expected("token", ",\"from_sequence\":5,\"content\":\"abc\",\"finish_reason\":null"));
  }

  @Test
  void givesAStepItsKeys() {
    assertThat(managed("node_end", "{\"node\":\"plan\",\"duration_ms\":150}"))
        .isEqualTo(
            expected(
                "step",
                ",\"node_name\":\"plan\",\"duration_ms\":150,\"input_keys\":[],\"output_keys\":[]"));
    assertThat(managed("step", "{\"node_name\":\"a\",\"input_keys\":[\"x\"],\"output_keys\":[]}"))
        .isEqualTo(
            expected(
                "step",
                ",\"node_name\":\"a\",\"duration_ms\":null,\"input_keys\":[\"x\"],\"output_keys\":[]"));
  }

  @ParameterizedTest
  @CsvSource({
    "0.5,0.5",
    "0,0.0",
    "1,1",
    "1.5,1.0",
    "-0.5,0.0",
    "1e9,1.0",
    "1e999,1.0",
    "null,0.0",
    "true,0.0",
    "0.25e0,0.25e0",
    "[1],0.0"
  })
  void clampsProgress(String given, String shown) {
    assertThat(managed("progress", "{\"step\":\"s\",\"progress\":" + given + "}"))
        .isEqualTo(
            expected("progress", ",\"step\":\"s\",\"progress\":" + shown + ",\"message\":null"));
  }

  @Test
  void namesACheckpoint() {
    assertThat(managed("checkpoint", "{\"name\":\"c\",\"data\":{\"parsed\":true}}"))
        .isEqualTo(expected("checkpoint", ",\"name\":\"c\",\"data\":{\"parsed\":true}"));
    assertThat(managed("checkpoint", "{}"))
        .isEqualTo(expected("checkpoint", ",\"name\":\"\",\"data\":{}"));
  }

  @Test
  void completesWithOutputAndSeconds() {
    assertThat(managed("run_end", "{\"output\":{\"text\":\"hi\"},\"duration_ms\":1234}"))
        .isEqualTo(
            expected(
                "complete",
                ",\"output\":{\"text\":\"hi\"},\"latency_seconds\":1.234,\"metadata\":{\"agent\":\"echo\"}"));
    assertThat(managed("run_end", "{\"output\":null}"))
        .isEqualTo(
            expected(
                "complete",
                ",\"output\":{},\"latency_seconds\":null,\"metadata\":{\"agent\":\"echo\"}"));
  }

  @Test
  void saysWhyARunFailed() {
    assertThat(
            managed("error", "{\"code\":\"producer_lost\",\"message\":\"m\",\"retryable\":true}"))
        .isEqualTo(
            expected(
                "error",
                ",\"error\":\"m\",\"code\":\"producer_lost\",\"details\":null,\"retryable\":true"));
    assertThat(managed("error", "{\"message\":\"m\",\"details\":{\"a\":1}}"))
        .isEqualTo(
            expected(
                "error", ",\"error\":\"m\",\"code\":\"INTERNAL_ERROR\",\"details\":{\"a\":1}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"timeout", "idle_timeout", "node_timeout"})
  void hasOneCodeForEveryTimeout(String code) {
    assertThat(managed("error", "{\"code\":\"" + code + "\",\"message\":\"m\"}"))
        .contains("\"code\":\"TIMEOUT_ERROR\"");
    assertThat(direct("error", "{\"code\":\"" + code + "\",\"message\":\"m\"}"))
        .contains("\"code\":\"TIMEOUT_ERROR\"");
  }

  @Test
  void saysWhoCancelledAndWhy() {
    assertThat(managed("cancelled", "{\"by\":\"ann\",\"reason\":\"wrong\"}"))
        .isEqualTo(expected("cancelled", ",\"reason\":\"wrong\",\"by\":\"ann\""));
    assertThat(managed("cancelled", "{}"))
        .isEqualTo(expected("cancelled", ",\"reason\":null,\"by\":null"));
  }

  @Test
  void givesAHeartbeatNothingMore() {
    assertThat(managed("heartbeat", "{}")).isEqualTo(expected("heartbeat", ""));
  }

  @Test
  void spreadsWhatACustomEventHolds() {
    assertThat(managed("custom:fraud_check", "{\"passed\":true,\"score\":0.02}"))
        .isEqualTo(expected("fraud_check", ",\"passed\":true,\"score\":0.02"));
    assertThat(managed("custom:x", "[1]")).isEqualTo(expected("x", ",\"data\":[1]"));
  }

  @Test
  void keepsTheNameOfAnyOtherType() {
    assertThat(managed("agent_message", "{\"text\":\"t\"}"))
        .isEqualTo(expected("agent_message", ",\"text\":\"t\""));
    assertThat(managed("gap", "{\"reason\":\"trimmed\",\"from\":\"1z-1\",\"to\":\"1z-7\"}"))
        .isEqualTo(expected("gap", ",\"reason\":\"trimmed\",\"from\":\"1z-1\",\"to\":\"1z-7\""));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"id\":1",
        "\"type\":\"complete\"",
        "\"run_id\":2",
        "\"sequence\":9",
        "\"timestamp\":0",
        "\"\\u0069d\":1",
        "\"t\\u0079pe\":\"complete\""
      })
  void letsNoPayloadOverrideWhatTheEventIs(String member) {
    assertThat(managed("custom:x", "{" + member + ",\"a\":1}"))
        .isEqualTo(expected("x", ",\"a\":1"));
    assertThat(managed("token_chunk", "{\"text\":\"a\"," + member + "}"))
        .isEqualTo(expected("token", ",\"content\":\"a\",\"finish_reason\":null"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"complete", "error", "cancelled", "started", "timeout", "gap", "token"})
  void letsNoCustomEventPassForOneOfItsOwn(String name) {
    String type = "custom:" + name;
    assertThat(managed(type, "{}")).isEqualTo(expected(type, ""));
  }

  @ParameterizedTest
  @ValueSource(strings = {"complete", "started", "timeout", "control", "message"})
  void letsNoOtherTypePassForOneOfItsOwn(String type) {
    assertThat(managed(type, "{}")).isEqualTo(expected("custom:" + type, ""));
    assertThat(direct(type, "{}")).startsWith("custom:" + type + " ");
  }

  @Test
  void givesAnEventTheSameIdEveryTimeAndNoOtherOne() {
    Set<String> ids = new HashSet<>();
    ByteBuf source = Unpooled.copiedBuffer(natively("heartbeat", "{}"), UTF_8);
    for (int round = 0; round < 2; round++) {
      for (long epoch = 1; epoch <= 100; epoch++) {
        for (long sequence = 1; sequence <= 100; sequence++) {
          managed.render(epoch, sequence, source, 0, source.readableBytes());
          ids.add(managed.json().toString(0, 25, UTF_8));
        }
      }
    }
    assertThat(ids).hasSize(10_000).allMatch(id -> id.matches("\\{\"id\":\"evt-[0-9a-f]{12}\","));
  }

  @Test
  void numbersASignalZero() {
    String signal =
        "{\"topic\":\"run/r1\",\"type\":\"typing\",\"ts\":1795241760123,\"tenant_id\":\"acme\","
            + "\"env\":\"prod\",\"data\":{\"user\":\"ada\"}}";
    ByteBuf source = Unpooled.copiedBuffer(signal, UTF_8);
    managed.render(EPOCH, -1, source, 0, source.readableBytes());
    assertThat(managed.json().toString(UTF_8)).contains("\"sequence\":0,", "\"user\":\"ada\"");
  }

  // Direct runs.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "run_start | {\"agent\":\"echo\"} | started {\"request_id\":\"r1\",\"type\":\"started\"}",
        "token_chunk | {\"text\":\"a\"} | token {\"type\":\"token\",\"content\":\"a\",\"request_id\":\"r1\"}",
        "node_end | {\"node\":\"n\"} | step {\"type\":\"step\",\"node\":\"n\",\"output\":{},\"request_id\":\"r1\"}",
        "step | {\"node\":\"n\",\"output\":{\"k\":1}} | step {\"type\":\"step\",\"node\":\"n\",\"output\":{\"k\":1},\"request_id\":\"r1\"}",
        "progress | {\"step\":\"s\",\"progress\":0.5,\"message\":\"m\"} | progress {\"type\":\"progress\",\"step\":\"s\",\"progress\":0.5,\"message\":\"m\",\"request_id\":\"r1\"}",
        "checkpoint | {\"name\":\"c\",\"data\":{\"a\":1}} | checkpoint {\"type\":\"checkpoint\",\"name\":\"c\",\"data\":{\"a\":1},\"request_id\":\"r1\"}",
        "custom:fraud_check | {\"ok\":true} | custom {\"type\":\"custom\",\"event_type\":\"fraud_check\",\"data\":{\"ok\":true},\"request_id\":\"r1\"}",
        "custom:complete | {\"type\":1} | custom {\"type\":\"custom\",\"event_type\":\"complete\",\"data\":{\"type\":1},\"request_id\":\"r1\"}",
        "run_end | {\"output\":{\"a\":1},\"duration_ms\":500} | complete {\"request_id\":\"r1\",\"type\":\"complete\",\"output\":{\"a\":1},\"latency_seconds\":0.5}",
        "error | {\"code\":\"bad\",\"message\":\"m\",\"retryable\":false} | error {\"request_id\":\"r1\",\"type\":\"error\",\"error\":\"m\",\"code\":\"bad\"}",
        "cancelled | {\"by\":\"ann\",\"reason\":\"r\"} | cancelled {\"request_id\":\"r1\",\"type\":\"cancelled\",\"reason\":\"r\",\"by\":\"ann\"}",
        "heartbeat | {} | heartbeat {\"type\":\"heartbeat\",\"request_id\":\"r1\"}",
        "agent_message | {\"text\":\"t\",\"type\":\"x\",\"request_id\":\"y\"} | agent_message {\"type\":\"agent_message\",\"text\":\"t\",\"request_id\":\"r1\"}"
      })
  void tellsADirectRun(String type, String data, String expected) {
    assertThat(direct(type, data)).isEqualTo(expected);
  }
}
