package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import org.junit.jupiter.api.Test;

class KdcubeEventsTest {
  private static final String HEAD =
      "\"timestamp\":\"2026-11-21T06:16:00.123Z\",\"ts\":1795241760123,\"service\":{\"request_id\":"
          + "null,\"tenant\":\"acme\",\"project\":null,\"user\":null},\"conversation\":"
          + "{\"session_id\":\"s1\",\"conversation_id\":\"c1\",\"turn_id\":\"r1\"},\"event\":"
          + "{\"agent\":\"echo\",";

  private final KdcubeEvents events = new KdcubeEvents("tab");

  private static String natively(String type, String data) {
    return "{\"id\":\"1z-7\",\"seq\":7,\"topic\":\"session/s1\",\"type\":\""
        + type
        + "\",\"ts\":1795241760123,\"tenant_id\":\"acme\",\"env\":\"prod\",\"thread_id\":\"c1\","
        + "\"run_id\":\"r1\",\"agent_id\":\"echo\",\"data\":"
        + data
        + "}";
  }

  /// `<name> <json>`, or nothing for what is not shown.
  private String rendered(String type, String data) {
    ByteBuf source = Unpooled.copiedBuffer("##" + natively(type, data) + "##", UTF_8);
    return events.render(71, 7, source, 2, source.readableBytes() - 4)
        ? events.name() + " " + events.json().toString(UTF_8)
        : "";
  }

  @Test
  void showsEnvelopesAsTheyAre() {
    assertThat(rendered("chat_delta", "{\"target_sid\":null,\"env\":{\"type\":\"chat.delta\"}}"))
        .isEqualTo("chat_delta {\"type\":\"chat.delta\"}");
    assertThat(rendered("any.thing", "{\"env\":{\"a\":[1,\"é\"]}}"))
        .isEqualTo("any.thing {\"a\":[1,\"é\"]}");
    assertThat(rendered("chat.step", "{\"type\":\"chat.followups\",\"conversation\":{}}"))
        .isEqualTo("chat_step {\"type\":\"chat.followups\",\"conversation\":{}}");
  }

  @Test
  void passesOverWhatIsMeantForAnotherStream() {
    assertThat(rendered("chat_step", "{\"target_sid\":\"other\",\"env\":{}}")).isEmpty();
    assertThat(rendered("chat_step", "{\"target_sid\":\"t\\u0061b\",\"env\":{}}"))
        .isEqualTo("chat_step {}");
    assertThat(rendered("chat_step", "{\"env\":{},\"target_sid\":\"tab\"}"))
        .isEqualTo("chat_step {}");
  }

  @Test
  void begins() {
    assertThat(rendered("run_start", "{\"message\":\"hi\"}"))
        .isEqualTo(
            "chat_start {\"type\":\"chat.start\","
                + HEAD
                + "\"step\":\"turn\",\"status\":\"started\",\"title\":\"Turn Started\"},\"data\":"
                + "{\"message\":\"hi\",\"queue_stats\":{}}}");
  }

  @Test
  void givesATokenItsPlace() {
    String begin =
        "chat_delta {\"type\":\"chat.delta\","
            + HEAD
            + "\"step\":\"stream\",\"status\":\"running\",\"title\":\"Assistant Delta\"},";
    assertThat(rendered("token_chunk", "{\"text\":\"a\\n\"}"))
        .isEqualTo(
            begin
                + "\"delta\":{\"text\":\"a\\n\",\"marker\":\"answer\",\"index\":7,\"completed\":"
                + "false},\"text\":\"a\\n\",\"idx\":7,\"extra\":{}}");
    assertThat(
            rendered(
                "token",
                "{\"content\":\"b\",\"marker\":\"canvas\",\"index\":0,\"extra\":{\"format\":\"x\"}}"))
        .isEqualTo(
            begin
                + "\"delta\":{\"text\":\"b\",\"marker\":\"canvas\",\"index\":0,\"completed\":false},"
                + "\"text\":\"b\",\"idx\":0,\"extra\":{\"format\":\"x\"}}");
  }

  @Test
  void ends() {
    assertThat(rendered("run_end", "{\"output\":\"done\",\"duration_ms\":5}"))
        .isEqualTo(
            "chat_complete {\"type\":\"chat.complete\","
                + HEAD
                + "\"step\":\"stream\",\"status\":\"completed\",\"title\":\"Turn Completed\"},"
                + "\"data\":{\"final_answer\":\"done\",\"followups\":[],\"duration_ms\":5}}");
    String error =
        "chat_error {\"type\":\"chat.error\","
            + HEAD
            + "\"step\":\"workflow\",\"status\":\"error\",\"title\":\"Workflow Error\"},\"data\":";
    assertThat(rendered("error", "{\"code\":\"producer_lost\",\"message\":\"gone\"}"))
        .isEqualTo(error + "{\"error\":\"gone\",\"code\":\"producer_lost\"}}");
    assertThat(rendered("undelivered", "{\"id\":\"m\",\"code\":\"no_worker\"}"))
        .isEqualTo(
            error + "{\"error\":\"Nobody took the message in time.\",\"code\":\"no_worker\"}}");
    assertThat(rendered("cancelled", "{\"reason\":\"user\"}"))
        .isEqualTo(error + "{\"error\":\"user\"}}");
  }

  @Test
  void makesAnythingElseAStepOfItsType() {
    assertThat(rendered("node_end", "{\"node\":\"plan\"}"))
        .isEqualTo(
            "chat_step {\"type\":\"node_end\","
                + HEAD
                + "\"step\":\"plan\",\"status\":\"completed\",\"title\":null},\"data\":"
                + "{\"node\":\"plan\"}}");
    assertThat(rendered("ready", "7"))
        .isEqualTo(
            "chat_step {\"type\":\"ready\","
                + HEAD
                + "\"step\":\"ready\",\"status\":\"running\",\"title\":null},\"data\":7}");
    assertThat(rendered("heartbeat", "{}")).isEmpty();
  }

  @Test
  void tellsAGapWithItsBounds() {
    assertThat(rendered("gap", "{\"reason\":\"overflow\",\"from\":\"1z-3\",\"to\":\"1z-6\"}"))
        .isEqualTo(
            "gap {\"type\":\"gap\","
                + HEAD
                + "\"step\":\"stream\",\"status\":\"skipped\",\"title\":\"Events Missed\"},\"data\":"
                + "{\"reason\":\"overflow\",\"from\":\"1z-3\",\"to\":\"1z-6\"}}");
  }
}
