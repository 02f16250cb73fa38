package io.pushrod.server;

import static io.pushrod.server.NorthstarClients.assertClosed;
import static io.pushrod.server.NorthstarClients.hello;
import static io.pushrod.server.NorthstarClients.isOwnArrival;
import static io.pushrod.server.NorthstarClients.next;
import static io.pushrod.server.NorthstarClients.type;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What Northstar's chat sockets say to who reads, in the words of their contract.
@Timeout(60)
@Tag("acceptance")
final class NorthstarSocketTest {
  private static final int MESSAGE_BYTES = 2_000;

  @RegisterExtension
  final RunningServer server =
      new RunningServer("presence.leave_delay=100ms", "timeouts.handshake=500ms", "env=dev");

  private final NorthstarClients clients = new NorthstarClients(server);

  @Test
  void saysWhatIsStoredThenTheCursorThenPresenceThenWhatFollows() {
    String first = clients.say("1", "one");
    String second = clients.say("1", "two");
    RawWs socket = clients.thread("1").send(hello(""));

    String event = next(socket);
    assertThat(event)
        .startsWith("{\"v\":1,\"type\":\"chat_message\",\"ts\":\"20")
        .contains(
            ",\"seq\":null,\"event_id\":\""
                + first
                + "\",\"trace_id\":null,\"span_id\":null,\"ids\":{\"request_id\":null,"
                + "\"correlation_id\":null,\"run_id\":\"1\",\"step_id\":\""
                + first
                + "\"},\"routing\":{\"tenant_id\":\"acme\",\"mode\":null,\"env\":\"dev\","
                + "\"workspace_id\":null,\"project_id\":null,\"app_id\":null,\"surface_id\":null,"
                + "\"canvas_id\":null,\"projection_id\":null,\"panel_id\":null,"
                + "\"thread_id\":\"1\",\"actor_id\":\"bo\",\"actor_type\":\"human\","
                + "\"session_id\":null,\"device_id\":null},"
                + "\"data\":{\"text\":\"one\",\"role\":\"user\",\"scope\":null},"
                + "\"meta\":{\"schema_ver\":null,\"priority\":\"info\",\"persist\":\"always\","
                + "\"last_event_id\":\""
                + first
                + "\",\"schema_version\":\"1\",\"severity\":\"info\","
                + "\"storage_class\":\"stream\"}}");
    assertThat(next(socket)).contains("\"type\":\"chat_message\"", "\"text\":\"two\"");
    assertThat(next(socket))
        .contains("\"type\":\"resume_cursor\"", "\"data\":{\"cursor\":\"" + second + "\"}")
        .contains("\"trace_id\":\"req-1\"", "\"last_event_id\":\"" + second + "\"")
        .contains("\"mode\":\"saas\"", "\"project_id\":\"p\"", "\"app_id\":\"a\"");
    assertThat(next(socket))
        .contains("\"type\":\"presence_state\"")
        .contains("\"data\":{\"status\":\"online\",\"user_id\":\"ann\"}")
        .contains("\"last_event_id\":null", "\"persist\":\"never\"");
    clients.say("1", "three");
    assertThat(next(socket)).contains("\"type\":\"user_message\"", "\"text\":\"three\"");
  }

  @Test
  void readsOnBehindACursorHoweverItIsSpelled() {
    String first = clients.say("1", "one");
    String second = clients.say("1", "two");
    server.publish("thread/1", "user_message", "{\"text\":\"three\",\"id\":\"m-3\"}");
    String fourth = clients.say("1", "four");
    for (String cursor : List.of(second, "resume-" + second)) {
      RawWs socket = clients.thread("1").send(hello(",\"last_event_id\":\"" + cursor + "\""));
      assertThat(next(socket)).contains("\"text\":\"three\"");
      assertThat(next(socket)).contains("\"text\":\"four\"");
      assertThat(next(socket)).contains("resume_cursor", fourth);
    }
    RawWs socket = clients.thread("1").send(hello(",\"last_event_id\":\"m-3\""));
    assertThat(next(socket)).contains("\"text\":\"four\"");
    RawWs byQuery = clients.open("/ws/chat/1?last_event_id=" + first, clients.bearer());
    assertThat(next(byQuery)).contains("\"text\":\"two\"");
  }

  @Test
  void losesAndRepeatsNothingOverAReconnect() {
    String cursor = clients.say("1", "t0");
    for (int round = 0; round < 5; round++) {
      RawWs socket = clients.thread("1").send(hello(",\"last_event_id\":\"" + cursor + "\""));
      for (int i = 1; i <= 20; i++) {
        clients.say("1", "t" + (round * 20 + i));
      }
      for (int i = 1; i <= 20; i++) {
        String event = next(socket);
        while (!type(event).endsWith("_message")) {
          event = next(socket);
        }
        assertThat(event).contains("\"text\":\"t" + (round * 20 + i) + "\"");
        cursor = Json.text(event, "event_id");
      }
    }
  }

  @Test
  void saysNoCursorInAThreadWithoutEvents() {
    String id = clients.created();
    RawWs socket = clients.thread(id).send(hello(""));
    assertThat(next(socket)).contains("\"type\":\"presence_state\"");
  }

  @Test
  void refusesACursorOfAnotherTime() {
    String cursor = clients.say("1", "one");
    for (String bad : List.of("zz-1", "nobody", cursor + "9")) {
      RawWs socket = clients.thread("1").send(hello(",\"last_event_id\":\"" + bad + "\""));
      String error = next(socket);
      assertThat(error)
          .isEqualTo(
              "{\"error\":{\"code\":\"chat.cursor_invalid\",\"message\":"
                  + "\"Cursor invalid or expired: "
                  + bad
                  + "\",\"http_status\":410,\"gate\":null,\"action_name\":null,"
                  + "\"resource_kind\":null,\"details\":{\"cursor\":\""
                  + bad
                  + "\"}}}");
      assertClosed(socket, "chat.cursor_invalid");
    }
  }

  @Test
  void showsWhatAWorkerEmitsWithItsIds() {
    String id = clients.created();
    RawWs socket = clients.joined(id);
    server.post(
        "/v1/publish",
        "{\"topic\":\"thread/"
            + id
            + "\",\"type\":\"token_chunk\",\"run_id\":\"r1\",\"agent_id\":\"helper\","
            + "\"data\":{\"text\":\"he\"}}");
    assertThat(next(socket))
        .contains("\"type\":\"token_chunk\"", "\"data\":{\"delta\":\"he\",\"index\":null}")
        .contains("\"run_id\":\"r1\"", "\"actor_id\":\"helper\",\"actor_type\":\"agent\"");
  }

  @Test
  void dropsNothingForASlowReaderWithoutSayingSo() {
    String id = clients.created();
    RawWs slow =
        server.rawWsAt("/ws/chat/" + id, 4096, new byte[0], clients.bearer()).send(hello(""));
    assertThat(next(slow)).contains("presence_state");
    String text = "x".repeat(MESSAGE_BYTES);
    for (int lot = 0; lot < 10; lot++) {
      int from = lot * 200;
      server.publishAll(
          200,
          n ->
              "{\"topic\":\"thread/"
                  + id
                  + "\",\"type\":\"agent_message\",\"data\":{\"text\":\""
                  + (from + n)
                  + text
                  + "\"}}");
    }
    long seen = 0;
    while (seen < 2_000) {
      String event = next(slow);
      String cursor = Json.text(event, "event_id");
      long sequence = Long.parseLong(cursor.substring(cursor.indexOf('-') + 1));
      if (type(event).equals("gap")) {
        assertThat(event).contains("\"reason\":");
      } else {
        assertThat(sequence).isEqualTo(seen + 1);
      }
      seen = sequence;
    }
  }

  @Test
  void saysAPingOfItsOwnFromTimeToTime() {
    server.restart("surfaces.northstar-chat.heartbeat=200ms");
    RawWs socket = clients.joined(clients.created());
    assertThat(Stream.generate(socket::nextText).filter(text -> !isOwnArrival(text)).limit(2))
        .containsOnly("{\"type\":\"ping\"}");
  }

  @Test
  void speaksInMessagesToTheOldest() {
    server.restart(
        "surfaces.northstar-chat.options.form=message",
        "surfaces.northstar-chat.anonymous_tenant=acme");
    String first = clients.say("1", "one");
    server.publish("thread/1", "run_start", "{\"runtime\":\"stub\"}");
    RawWs socket = clients.open("/ws/chat/1").send("{\"type\":\"join\",\"user\":\"ann\"}");
    assertThat(next(socket))
        .startsWith(
            "{\"event\":\"message\",\"data\":{\"id\":\""
                + first
                + "\",\"thread_id\":\"1\",\"sender\":{\"id\":\"bo\"},\"text\":\"one\","
                + "\"created_at\":\"20")
        .endsWith("\",\"role\":\"user\",\"scope\":null}}");
    assertThat(next(socket))
        .contains("\"text\":\"{\\\"type\\\":\\\"run_start\\\",\\\"data\\\":{\\\"runtime\\\":")
        .contains("\"role\":\"agent\"");
  }
}
