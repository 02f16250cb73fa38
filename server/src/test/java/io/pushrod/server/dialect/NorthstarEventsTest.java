package io.pushrod.server.dialect;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.dialect.NorthstarEvents.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NorthstarEventsTest {
  private static final long EPOCH = 71;

  private final NorthstarEvents socket = new NorthstarEvents(Shape.SOCKET);
  private final NorthstarEvents replay = new NorthstarEvents(Shape.REPLAY);
  private final NorthstarEvents stream = new NorthstarEvents(Shape.STREAM);
  private final NorthstarEvents canvas = new NorthstarEvents(Shape.CANVAS);

  private static String natively(String topic, String type, String ids, String data) {
    return "{\"id\":\"1z-7\",\"seq\":7,\"topic\":\""
        + topic
        + "\",\"type\":\""
        + type
        + "\",\"ts\":1767866400000,\"tenant_id\":\"t_demo\",\"env\":\"dev\""
        + ids
        + ",\"data\":"
        + data
        + "}";
  }

  private static boolean render(EventRenderer by, long sequence, String json) {
    ByteBuf source = Unpooled.copiedBuffer("##" + json + "##", UTF_8);
    return by.render(EPOCH, sequence, source, 2, source.readableBytes() - 4);
  }

  private static String rendered(EventRenderer by, String json) {
    assertThat(render(by, 7, json)).isTrue();
    return by.json().toString(UTF_8);
  }

  private static String chat(String type, String data) {
    return natively("thread/th-1", type, "", data);
  }

  private static String id(EventRenderer by) {
    ByteBuf out = Unpooled.buffer();
    by.writeId(out);
    return out.toString(UTF_8);
  }

  /// The payload of what was rendered.
  private static String data(String event) {
    int from = event.indexOf(",\"data\":") + 8;
    return event.substring(from, event.indexOf(",\"meta\":{\"schema_ver\""));
  }

  @Test
  void writesEveryMemberInItsPlace() {
    String event =
        rendered(
            socket,
            natively(
                "thread/th-1",
                "user_message",
                ",\"request_id\":\"req-1\",\"thread_id\":\"th-1\"",
                "{\"text\":\"hi\",\"role\":\"user\",\"sender\":{\"id\":\"user-1\"},\"scope\":null,"
                    + "\"_routing\":{\"mode\":\"saas\",\"project_id\":\"p\",\"app_id\":\"a\"}}"));
    assertThat(event)
        .isEqualTo(
            "{\"v\":1,\"type\":\"user_message\",\"ts\":\"2026-01-08T10:00:00+00:00\",\"seq\":null,"
                + "\"event_id\":\"1z-7\",\"trace_id\":\"req-1\",\"span_id\":null,"
                + "\"ids\":{\"request_id\":\"req-1\",\"correlation_id\":null,\"run_id\":\"th-1\","
                + "\"step_id\":\"1z-7\"},"
                + "\"routing\":{\"tenant_id\":\"t_demo\",\"mode\":\"saas\",\"env\":\"dev\","
                + "\"workspace_id\":null,\"project_id\":\"p\",\"app_id\":\"a\",\"surface_id\":null,"
                + "\"canvas_id\":null,\"projection_id\":null,\"panel_id\":null,"
                + "\"thread_id\":\"th-1\",\"actor_id\":\"user-1\",\"actor_type\":\"human\","
                + "\"session_id\":null,\"device_id\":null},"
                + "\"data\":{\"text\":\"hi\",\"role\":\"user\"},"
                + "\"meta\":{\"schema_ver\":null,\"priority\":\"info\",\"persist\":\"always\","
                + "\"last_event_id\":\"1z-7\",\"schema_version\":\"1\",\"severity\":\"info\","
                + "\"storage_class\":\"stream\"}}");
    assertThat(socket.name()).isEqualTo("user_message");
    assertThat(id(socket)).isEqualTo("1z-7");
  }

  @ParameterizedTest
  @CsvSource({
    "user_message, user, ann, user_message, human",
    "agent_message, , bot, agent_message, agent",
    "user_message, agent, ann, agent_message, agent",
    "user_message, , agent-7, user_message, agent",
    "system_message, , cron, user_message, system",
    "message, system, cron, user_message, system"
  })
  void namesAMessageByWhoSaysIt(
      String type, String role, String sender, String name, String actor) {
    String data =
        "{\"text\":\"x\",\"sender\":{\"id\":\""
            + sender
            + "\"}"
            + (role == null ? "" : ",\"role\":\"" + role + "\"")
            + "}";
    assertThat(rendered(stream, chat(type, data))).contains("\"actor_type\":\"" + actor + "\"");
    assertThat(stream.name()).isEqualTo(name);
    rendered(replay, chat(type, data));
    assertThat(replay.name()).isEqualTo("chat_message");
  }

  @Test
  void showsAReplayedMessageWithItsScope() {
    String data = "{\"text\":\"x\",\"scope\":{\"app\":\"a\"}}";
    assertThat(data(rendered(replay, chat("user_message", data))))
        .isEqualTo("{\"text\":\"x\",\"role\":\"user\",\"scope\":{\"app\":\"a\"}}");
    assertThat(data(rendered(stream, chat("user_message", data))))
        .isEqualTo("{\"text\":\"x\",\"role\":\"user\"}");
  }

  @Test
  void liftsAnEventOutOfAText() {
    String wrapped =
        "{\"text\":\" {\\\"type\\\":\\\"token_chunk\\\",\\n\\\"data\\\": {\\\"delta\\\":\\\"h\\\\u00e9\\\"}}\"}";
    for (NorthstarEvents by : new NorthstarEvents[] {socket, replay, stream}) {
      assertThat(data(rendered(by, chat("agent_message", wrapped))))
          .isEqualTo("{\"delta\":\"h\\u00e9\"}");
      assertThat(by.name()).isEqualTo("token_chunk");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\\\"type\\\":\\\"resume_cursor\\\",\\\"data\\\":{}}",
        "{\\\"type\\\":\\\"presence_state\\\",\\\"data\\\":{}}",
        "{\\\"type\\\":\\\"gap\\\",\\\"data\\\":{}}",
        "{\\\"type\\\":\\\"two\\\\nlines\\\",\\\"data\\\":{}}",
        "{\\\"type\\\":\\\"x\\\"}",
        "{\\\"type\\\":\\\"x\\\",\\\"data\\\":1}",
        "{\\\"type\\\":",
        "[1]"
      })
  void leavesATextThatWrapsNothing(String text) {
    assertThat(data(rendered(socket, chat("user_message", "{\"text\":\"" + text + "\"}"))))
        .isEqualTo("{\"text\":\"" + text + "\",\"role\":\"user\"}");
    assertThat(socket.name()).isEqualTo("user_message");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "token_chunk; {\"delta\":\"a\",\"index\":3}; {\"delta\":\"a\",\"index\":3}",
        "token_chunk; {\"text\":\"a\",\"x\":1}; {\"delta\":\"a\",\"index\":null,\"x\":1}",
        "token_chunk; {}; {\"delta\":\"\",\"index\":null}",
        "run_end; {\"duration_ms\":5}; {\"duration_ms\":5}",
        "error; {\"message\":\"no\"}; {\"message\":\"no\"}",
        "tool_call; [1]; {\"value\":[1]}",
        "step_start; {\"_routing\":{\"mode\":\"lab\"},\"n\":1}; {\"n\":1}",
        "gap; {\"reason\":\"trimmed\"}; {\"reason\":\"trimmed\"}"
      })
  void keepsThePayloadOfOtherEvents(String type, String data, String shown) {
    assertThat(data(rendered(socket, chat(type, data)))).isEqualTo(shown);
    assertThat(socket.name()).isEqualTo(type);
  }

  @Test
  void saysWhoActedByTheAgentOfTheEvent() {
    String ids = ",\"run_id\":\"r\",\"step_id\":\"s\",\"agent_id\":\"helper\"";
    assertThat(rendered(socket, natively("thread/t", "run_start", ids, "{}")))
        .contains("\"run_id\":\"r\",\"step_id\":\"s\"")
        .contains("\"actor_id\":\"helper\",\"actor_type\":\"agent\"");
    assertThat(rendered(socket, chat("run_start", "{}")))
        .contains("\"run_id\":null,\"step_id\":null")
        .contains("\"actor_id\":\"system\",\"actor_type\":\"system\"");
  }

  @Test
  void givesASignalNothingToResumeBehind() {
    String gesture =
        natively(
            "thread/t",
            "gesture",
            "",
            "{\"_routing\":{\"actor_id\":\"ann\",\"actor_type\":\"human\"},\"x\":1}");
    assertThat(render(socket, -1, gesture)).isTrue();
    String event = socket.json().toString(UTF_8);
    assertThat(event)
        .contains("\"event_id\":\"sig-")
        .contains("\"priority\":\"gesture\",\"persist\":\"never\",\"last_event_id\":null")
        .contains("\"step_id\":\"gesture\"", "\"data\":{\"x\":1}", "\"actor_id\":\"ann\"");
    assertThat(id(socket)).isEmpty();
  }

  @Test
  void tellsTheEndOfAPresenceOnSocketsOnly() {
    String left = chat("presence_leave", "{\"user\":\"bo\",\"connections\":0}");
    assertThat(render(socket, -1, left)).isTrue();
    assertThat(data(socket.json().toString(UTF_8)))
        .isEqualTo("{\"status\":\"offline\",\"user_id\":\"bo\"}");
    assertThat(socket.name()).isEqualTo("presence_state");
    assertThat(render(stream, -1, left)).isFalse();
    assertThat(render(socket, -1, chat("presence_join", "{\"user\":\"bo\"}"))).isFalse();
    assertThat(render(socket, -1, chat("presence_update", "{\"user\":\"bo\"}"))).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "canvas_commit; {\"type\":\"moved\",\"data\":{\"x\":1}}; moved; {\"type\":\"moved\",\"data\":{\"x\":1}}",
        "canvas_commit; {\"kind\":\"k\"}; k; {\"kind\":\"k\"}",
        "canvas_commit; {\"action\":1,\"result\":2,\"gate\":3}; SAFETY_DECISION; {\"action\":1,\"result\":2,\"gate\":3}",
        "canvas_commit; {}; canvas_commit; {}",
        "canvas_commit; 1; canvas_commit; {\"raw\":1}",
        "user_message; {\"text\":\"{\\\"kind\\\":\\\"k\\\"}\"}; k; {\"kind\":\"k\"}",
        "user_message; {\"text\":\"hi\"}; canvas_commit; {\"raw\":\"hi\"}",
        "artifact_written; {\"path\":\"p\"}; artifact_written; {\"path\":\"p\"}"
      })
  void namesWhatIsOnACanvas(String type, String data, String name, String shown) {
    String event = rendered(canvas, natively("canvas/c", type, "", data));
    assertThat(data(event)).isEqualTo(shown);
    assertThat(canvas.name()).isEqualTo(name);
    assertThat(event)
        .contains("\"canvas_id\":\"c\"", "\"thread_id\":null")
        .contains("\"priority\":\"truth\",\"persist\":\"always\",\"last_event_id\":null");
  }

  @Test
  void writesMessagesForTheOldest() {
    NorthstarMessages oldest = new NorthstarMessages();
    assertThat(
            rendered(oldest, chat("user_message", "{\"text\":\"hi\",\"sender\":{\"id\":\"ann\"}}")))
        .isEqualTo(
            "{\"event\":\"message\",\"data\":{\"id\":\"1z-7\",\"thread_id\":\"th-1\","
                + "\"sender\":{\"id\":\"ann\"},\"text\":\"hi\","
                + "\"created_at\":\"2026-01-08T10:00:00+00:00\",\"role\":\"user\","
                + "\"scope\":null}}");
    assertThat(rendered(oldest, chat("run_end", "{\"duration_ms\":1}")))
        .contains(
            "\"text\":\"{\\\"type\\\":\\\"run_end\\\",\\\"data\\\":{\\\"duration_ms\\\":1}}\"")
        .contains("\"sender\":{\"id\":\"system\",\"display_name\":null,\"handle\":null}");
    assertThat(render(oldest, -1, chat("gesture", "{}"))).isFalse();
  }
}
