package io.pushrod.server;

import static io.pushrod.server.NorthstarClients.assertClosed;
import static io.pushrod.server.NorthstarClients.hello;
import static io.pushrod.server.NorthstarClients.next;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What clients of Northstar's chat sockets say, and who hears of it.
@Timeout(60)
@Tag("acceptance")
final class NorthstarTalkTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer("presence.leave_delay=100ms", "timeouts.handshake=500ms", "env=dev");

  private final NorthstarClients clients = new NorthstarClients(server);

  @Test
  void answersAPingToItsSenderAlone() {
    String id = clients.created();
    RawWs socket = clients.joined(id);
    RawWs other = clients.joined(id);
    socket.send("{\"type\":\"ping\"}").send("ping");
    assertThat(next(socket)).isEqualTo("{\"type\":\"pong\"}");
    assertThat(next(socket)).isEqualTo("pong");
    socket.send("{\"type\":\"message\",\"text\":\"hi\"}");
    assertThat(next(other)).contains("\"text\":\"hi\"");
  }

  @Test
  void publishesAMessageForEverybodyOnce() {
    String id = clients.created();
    RawWs socket = clients.joined(id);
    socket
        .send("{\"type\":\"message\",\"text\":\"\"}")
        .send("{\"type\":\"presence_ping\"}")
        .send("{\"type\":\"CANVAS_READY\",\"data\":{\"canvas_type\":\"x\",\"tools\":[]}}")
        .send("{\"type\":\"message\",\"text\":\"hi\"}");
    String event = next(socket);
    String cursor = Json.text(event, "event_id");
    assertThat(event)
        .contains("\"type\":\"user_message\"", "\"data\":{\"text\":\"hi\",\"role\":\"user\"}")
        .contains("\"trace_id\":\"req-1\"", "\"run_id\":\"" + id + "\"")
        .contains("\"step_id\":\"" + cursor + "\"", "\"actor_id\":\"ann\"")
        .contains("\"mode\":\"saas\"", "\"project_id\":\"p\"", "\"surface_id\":\"s\"");
    socket.send("{\"type\":\"ping\"}");
    assertThat(next(socket)).isEqualTo("{\"type\":\"pong\"}");
  }

  @Test
  void passesAGestureOnAndForgetsIt() {
    String id = clients.created();
    RawWs socket = clients.joined(id);
    socket.send("{\"type\":\"gesture\",\"data\":{\"x\":1,\"y\":[2]}}");
    assertThat(next(socket))
        .contains("\"type\":\"gesture\"", "\"data\":{\"x\":1,\"y\":[2]}")
        .contains("\"priority\":\"gesture\",\"persist\":\"never\",\"last_event_id\":null")
        .contains("\"actor_id\":\"ann\",\"actor_type\":\"human\"");
    RawWs later = clients.thread(id).send(hello(""));
    assertThat(next(later)).contains("presence_state");
  }

  @Test
  void tellsTheOthersWhoComesAndWhoGoesHoweverItGoes() throws Exception {
    String id = clients.created();
    RawWs ann = clients.joined(id);
    RawWs bo = clients.open("/ws/chat/" + id, clients.bearer("bo", "acme")).send(hello(""));
    assertThat(next(bo)).contains("\"status\":\"online\",\"user_id\":\"bo\"");
    assertThat(next(ann)).contains("\"status\":\"online\",\"user_id\":\"bo\"");
    bo.close();
    assertThat(next(ann))
        .contains("\"type\":\"presence_state\"")
        .contains("\"data\":{\"status\":\"offline\",\"user_id\":\"bo\"}")
        .contains("\"step_id\":\"presence_offline\"", "\"actor_id\":\"bo\"");
  }

  @Test
  void tellsOfAFrameThatMakesNoSenseAndGoesOn() {
    RawWs socket = clients.joined(clients.created());
    socket.send("{no json").send("{\"type\":\"ping\"}");
    assertThat(next(socket)).contains("\"code\":\"validation.error\"", "\"http_status\":400");
    assertThat(next(socket)).isEqualTo("{\"type\":\"pong\"}");
  }

  @Test
  void tellsAReaderThatItMayNotSpeak() {
    String id = clients.created();
    RawWs socket =
        clients
            .open(
                "/ws/chat/" + id,
                "Authorization: Bearer "
                    + server.token("acme", List.of("thread/*"), List.of(), Duration.ofHours(1)))
            .send(hello(""));
    assertThat(next(socket)).contains("presence_state");
    socket.send("{\"type\":\"message\",\"text\":\"hi\"}");
    assertThat(next(socket)).contains("\"error\"", "\"http_status\":404");
    socket.send("{\"type\":\"ping\"}");
    assertThat(next(socket)).isEqualTo("{\"type\":\"pong\"}");
  }

  @Test
  void closesWhoSaysWhatIsSwitchedOff() {
    String id = clients.created();
    RawWs socket = clients.joined(id);
    put("/kill-switches", "{\"disabled_actions\":[\"chat_send\"]}");
    socket.send("{\"type\":\"message\",\"text\":\"hi\"}");
    assertClosed(socket, "kill_switch.blocked");
    RawWs other = clients.joined(id);
    put("/kill-switches", "{\"disabled_actions\":[\"canvas_gesture\"]}");
    other.send("{\"type\":\"message\",\"text\":\"hi\"}");
    assertThat(next(other)).contains("\"text\":\"hi\"");
    other.send("{\"type\":\"gesture\",\"data\":{}}");
    assertClosed(other, "kill_switch.blocked");
  }

  private void put(String path, String body) {
    HttpResponse<String> answer =
        server.send(
            HttpRequest.newBuilder(server.http(path))
                .header("Authorization", "Bearer " + owner())
                .PUT(HttpRequest.BodyPublishers.ofString(body)));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private String owner() {
    return DevSecret.loadOrCreate(server.dataDir())
        .minter()
        .mint(
            new TokenRequest(
                "acme",
                "root",
                List.of("owner"),
                List.of("*"),
                List.of("*"),
                List.of(),
                List.of(),
                Duration.ofHours(1)),
            ServerConfig.defaults(true).auth().claims(),
            Instant.now());
  }
}
