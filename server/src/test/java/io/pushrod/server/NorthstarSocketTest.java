package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Northstar's chat sockets, in the words of their contract. Close codes are 4003, and the reason
/// is the code of the error that came before.
@Timeout(60)
@Tag("acceptance")
final class NorthstarSocketTest {
  private static final int CODE = 4003;
  private static final int MESSAGE_BYTES = 2_000;

  @RegisterExtension
  RunningServer server =
      new RunningServer("presence.leave_delay=100ms", "timeouts.handshake=500ms", "env=dev");

  // Clients.

  private String bearer() {
    return bearer("ann", "acme");
  }

  private String bearer(String user, String tenant) {
    return "Authorization: Bearer "
        + server.token(user, tenant, List.of("thread/*"), List.of("thread/*"), Duration.ofHours(1));
  }

  private RawWs open(String path, String... headers) {
    return server.rawWsAt(path, 0, new byte[0], headers);
  }

  private RawWs thread(String id) {
    return open("/ws/chat/" + id, bearer());
  }

  private static String hello(String more) {
    return "{\"type\":\"hello\",\"context\":{\"tenant_id\":\"acme\",\"mode\":\"saas\","
        + "\"project_id\":\"p\",\"app_id\":\"a\",\"surface_id\":\"s\",\"user_id\":\"ann\","
        + "\"request_id\":\"req-1\"}"
        + more
        + "}";
  }

  private static String without(String member) {
    return hello("").replaceAll("\"" + member + "\":\"[^\"]*\",?", "").replace(",}", "}");
  }

  /// The next text but the server's heartbeat and [#isOwnArrival].
  private static String next(RawWs socket) {
    String text = socket.nextText();
    return text.equals("{\"type\":\"ping\"}") || isOwnArrival(text) ? next(socket) : text;
  }

  /// Ann's arrival as the others hear of it. It goes round by a Redis, where there is one, and she
  /// may then hear of it too.
  private static boolean isOwnArrival(String text) {
    return text.contains("\"event_id\":\"sig-")
        && text.contains("\"data\":{\"status\":\"online\",\"user_id\":\"ann\"}");
  }

  private static String type(String event) {
    return Json.text(event, "type");
  }

  private static void assertRefused(RawWs socket, String code, int status) {
    String error = next(socket);
    assertThat(error)
        .startsWith("{\"error\":{\"code\":\"" + code + "\",")
        .contains("\"http_status\":" + status + ",");
    assertClosed(socket, code);
  }

  private static void assertClosed(RawWs socket, String reason) {
    RawWs.Frame end = socket.next();
    while (end.opcode() == RawWs.PING || isOwnArrival(end.text())) {
      end = socket.next();
    }
    assertThat(end.opcode()).isEqualTo(RawWs.CLOSE);
    assertThat(end.code()).isEqualTo(CODE);
    assertThat(end.text()).endsWith(reason);
  }

  private String say(String thread, String text) {
    return server.publish(
        "thread/" + thread,
        "user_message",
        "{\"text\":\"" + text + "\",\"sender\":{\"id\":\"bo\"}}");
  }

  // What comes first.

  @Test
  void saysWhatIsStoredThenTheCursorThenPresenceThenWhatFollows() {
    String first = say("1", "one");
    String second = say("1", "two");
    RawWs socket = thread("1").send(hello(""));

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
    say("1", "three");
    assertThat(next(socket)).contains("\"type\":\"user_message\"", "\"text\":\"three\"");
  }

  @Test
  void readsOnBehindACursorHoweverItIsSpelled() {
    String first = say("1", "one");
    String second = say("1", "two");
    server.publish("thread/1", "user_message", "{\"text\":\"three\",\"id\":\"m-3\"}");
    String fourth = say("1", "four");
    for (String cursor : List.of(second, "resume-" + second)) {
      RawWs socket = thread("1").send(hello(",\"last_event_id\":\"" + cursor + "\""));
      assertThat(next(socket)).contains("\"text\":\"three\"");
      assertThat(next(socket)).contains("\"text\":\"four\"");
      assertThat(next(socket)).contains("resume_cursor", fourth);
    }
    RawWs socket = thread("1").send(hello(",\"last_event_id\":\"m-3\""));
    assertThat(next(socket)).contains("\"text\":\"four\"");
    RawWs byQuery = open("/ws/chat/1?last_event_id=" + first, bearer());
    assertThat(next(byQuery)).contains("\"text\":\"two\"");
  }

  @Test
  void losesAndRepeatsNothingOverAReconnect() {
    String cursor = say("1", "t0");
    for (int round = 0; round < 5; round++) {
      RawWs socket = thread("1").send(hello(",\"last_event_id\":\"" + cursor + "\""));
      for (int i = 1; i <= 20; i++) {
        say("1", "t" + (round * 20 + i));
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
    String id = created();
    RawWs socket = thread(id).send(hello(""));
    assertThat(next(socket)).contains("\"type\":\"presence_state\"");
  }

  @Test
  void refusesACursorOfAnotherTime() {
    String cursor = say("1", "one");
    for (String bad : List.of("zz-1", "nobody", cursor + "9")) {
      RawWs socket = thread("1").send(hello(",\"last_event_id\":\"" + bad + "\""));
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

  // Who comes in.

  @Test
  void refusesWhoBringsNothing() {
    say("1", "one");
    RawWs socket = open("/ws/chat/1").send(hello(""));
    assertThat(next(socket))
        .isEqualTo(
            "{\"error\":{\"code\":\"auth.ticket_missing\",\"message\":\"Auth or ticket required\","
                + "\"http_status\":401,\"gate\":null,\"action_name\":null,"
                + "\"resource_kind\":\"chat\",\"details\":{}}}");
    assertClosed(socket, "auth.ticket_missing");
  }

  @Test
  void refusesABadToken() {
    say("1", "one");
    assertRefused(open("/ws/chat/1?token=bad"), "auth.ticket_invalid", 401);
  }

  @Test
  void refusesABadTicket() {
    say("1", "one");
    assertRefused(open("/ws/chat/1?ticket=bad").send(hello("")), "auth.ticket_invalid", 401);
    assertRefused(
        open("/ws/chat/1").send(hello(",\"ticket\":\"bad\"")), "auth.ticket_invalid", 401);
  }

  @Test
  void refusesAHelloThatIsNotWhole() {
    say("1", "one");
    assertRefused(thread("1").send(without("mode")), "auth.mode_missing", 400);
    assertRefused(thread("1").send(without("project_id")), "auth.project_missing", 400);
    assertRefused(thread("1").send(without("app_id")), "auth.app_missing", 400);
    assertRefused(thread("1").send(without("tenant_id")), "auth.context_mismatch", 400);
    assertRefused(
        thread("1").send(hello("").replace("saas", "prod")), "auth.context_mismatch", 400);
  }

  @Test
  void refusesAnotherTenantsHello() {
    say("1", "one");
    assertRefused(
        thread("1").send(hello("").replace("acme", "globex")), "auth.tenant_mismatch", 401);
  }

  @Test
  void refusesAThreadThatIsNoneAndAnotherTenantsAlike() {
    say("1", "one");
    RawWs unknown = thread("2").send(hello(""));
    String error = next(unknown);
    assertThat(error)
        .isEqualTo(
            "{\"error\":{\"code\":\"chat.access_denied\",\"message\":\"Thread not found\","
                + "\"http_status\":404,\"gate\":null,\"action_name\":null,"
                + "\"resource_kind\":\"chat\",\"details\":{}}}");
    assertClosed(unknown, "chat.access_denied");
    RawWs foreign =
        open("/ws/chat/1", bearer("eve", "globex")).send(hello("").replace("acme", "globex"));
    assertThat(next(foreign)).isEqualTo(error);
    assertClosed(foreign, "chat.access_denied");
    RawWs mayNot =
        open(
                "/ws/chat/1",
                "Authorization: Bearer "
                    + server.token("acme", List.of("run/*"), List.of(), Duration.ofHours(1)))
            .send(hello(""));
    assertThat(next(mayNot)).isEqualTo(error);
  }

  @Test
  void takesNoThreadForOneBecauseSomebodyWaitsForIt() {
    assertThat(server.ws().subscribe("thread/2", "")).contains("\"op\":\"ack\"");
    assertRefused(thread("2").send(hello("")), "chat.access_denied", 404);
  }

  @Test
  void closesWhoSaysNoHello() {
    assertClosed(open("/ws/chat/1"), "hello required");
    assertClosed(open("/ws/chat/1").send("no json"), "hello required");
  }

  @Test
  void letsABearerOfAQueryTokenInWithoutAHello() {
    say("1", "one");
    RawWs socket = open("/ws/chat/1?token=" + server.token());
    assertThat(next(socket)).contains("\"type\":\"chat_message\"");
  }

  @Test
  void takesTheContextOfHeaders() {
    String first = say("1", "one");
    RawWs socket =
        open(
            "/ws/chat/1",
            bearer(),
            "X-Tenant-Id: acme",
            "X-Env: dev",
            "X-Project-Id: p2",
            "Last-Event-ID: " + first);
    assertThat(next(socket)).contains("resume_cursor", "\"project_id\":\"p2\"");
  }

  @Test
  void takesATicketInTheQueryOrInTheHello() {
    say("1", "one");
    String ticket = ticket();
    RawWs byQuery = open("/ws/chat/1?ticket=" + ticket).send(hello(""));
    assertThat(next(byQuery)).contains("\"type\":\"chat_message\"");
    RawWs byHello = open("/ws/chat/1").send("{\"type\":\"hello\",\"ticket\":\"" + ticket + "\"}");
    assertThat(next(byHello)).contains("\"type\":\"chat_message\"");
    assertThat(next(byHello)).contains("resume_cursor", "\"project_id\":\"p\"");
    assertThat(next(byHello)).contains("\"user_id\":\"ann\"");
    RawWs other = open("/ws/chat/1?ticket=" + ticket).send(hello("").replace("\"a\"", "\"b\""));
    assertRefused(other, "auth.context_mismatch", 400);
  }

  // What is said.

  @Test
  void answersAPingToItsSenderAlone() {
    String id = created();
    RawWs socket = joined(id);
    RawWs other = joined(id);
    socket.send("{\"type\":\"ping\"}").send("ping");
    assertThat(next(socket)).isEqualTo("{\"type\":\"pong\"}");
    assertThat(next(socket)).isEqualTo("pong");
    socket.send("{\"type\":\"message\",\"text\":\"hi\"}");
    assertThat(next(other)).contains("\"text\":\"hi\"");
  }

  @Test
  void publishesAMessageForEverybodyOnce() {
    String id = created();
    RawWs socket = joined(id);
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
    String id = created();
    RawWs socket = joined(id);
    socket.send("{\"type\":\"gesture\",\"data\":{\"x\":1,\"y\":[2]}}");
    assertThat(next(socket))
        .contains("\"type\":\"gesture\"", "\"data\":{\"x\":1,\"y\":[2]}")
        .contains("\"priority\":\"gesture\",\"persist\":\"never\",\"last_event_id\":null")
        .contains("\"actor_id\":\"ann\",\"actor_type\":\"human\"");
    RawWs later = thread(id).send(hello(""));
    assertThat(next(later)).contains("presence_state");
  }

  @Test
  void tellsTheOthersWhoComesAndWhoGoesHoweverItGoes() throws Exception {
    String id = created();
    RawWs ann = joined(id);
    RawWs bo = open("/ws/chat/" + id, bearer("bo", "acme")).send(hello(""));
    assertThat(next(bo)).contains("\"status\":\"online\",\"user_id\":\"bo\"");
    assertThat(next(ann)).contains("\"status\":\"online\",\"user_id\":\"bo\"");
    bo.close();
    assertThat(next(ann))
        .contains("\"type\":\"presence_state\"")
        .contains("\"data\":{\"status\":\"offline\",\"user_id\":\"bo\"}")
        .contains("\"step_id\":\"presence_offline\"", "\"actor_id\":\"bo\"");
  }

  @Test
  void showsWhatAWorkerEmitsWithItsIds() {
    String id = created();
    RawWs socket = joined(id);
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
  void tellsOfAFrameThatMakesNoSenseAndGoesOn() {
    RawWs socket = joined(created());
    socket.send("{no json").send("{\"type\":\"ping\"}");
    assertThat(next(socket)).contains("\"code\":\"validation.error\"", "\"http_status\":400");
    assertThat(next(socket)).isEqualTo("{\"type\":\"pong\"}");
  }

  @Test
  void tellsAReaderThatItMayNotSpeak() {
    String id = created();
    RawWs socket =
        open(
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
    String id = created();
    RawWs socket = joined(id);
    put("/kill-switches", "{\"disabled_actions\":[\"chat_send\"]}");
    socket.send("{\"type\":\"message\",\"text\":\"hi\"}");
    assertClosed(socket, "kill_switch.blocked");
    RawWs other = joined(id);
    put("/kill-switches", "{\"disabled_actions\":[\"canvas_gesture\"]}");
    other.send("{\"type\":\"message\",\"text\":\"hi\"}");
    assertThat(next(other)).contains("\"text\":\"hi\"");
    other.send("{\"type\":\"gesture\",\"data\":{}}");
    assertClosed(other, "kill_switch.blocked");
  }

  @Test
  void dropsNothingForASlowReaderWithoutSayingSo() {
    String id = created();
    RawWs slow = server.rawWsAt("/ws/chat/" + id, 4096, new byte[0], bearer()).send(hello(""));
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
    RawWs socket = joined(created());
    assertThat(Stream.generate(socket::nextText).filter(text -> !isOwnArrival(text)).limit(2))
        .containsOnly("{\"type\":\"ping\"}");
  }

  @Test
  void countsARefusalAsOne() {
    assertRefused(open("/ws/chat/1").send(hello("")), "auth.ticket_missing", 401);
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.UNAUTHENTICATED)).isEqualTo(1);
  }

  // Generations.

  @Test
  void waitsForAHelloWhereOneIsDue() {
    server.restart("surfaces.northstar-chat.options.profile=n3");
    say("1", "one");
    assertClosed(thread("1"), "hello required");
    assertRefused(open("/ws/chat/1", bearer(), "X-Env: dev"), "http.exception", 400);
    assertThat(next(thread("1").send(hello("")))).contains("chat_message");
  }

  @Test
  void beginsAtOnceForClientsThatKnowNoHello() {
    server.restart("surfaces.northstar-chat.options.profile=n1");
    say("1", "one");
    assertThat(next(open("/ws/chat/1?token=" + server.token()))).contains("chat_message");
    assertRefused(open("/ws/chat/1"), "auth.ticket_missing", 401);
  }

  @Test
  void speaksInMessagesToTheOldest() {
    server.restart(
        "surfaces.northstar-chat.options.form=message",
        "surfaces.northstar-chat.anonymous_tenant=acme");
    String first = say("1", "one");
    server.publish("thread/1", "run_start", "{\"runtime\":\"stub\"}");
    RawWs socket = open("/ws/chat/1").send("{\"type\":\"join\",\"user\":\"ann\"}");
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

  // Requests.

  private RawWs joined(String id) {
    RawWs socket = thread(id).send(hello(""));
    String event = next(socket);
    while (!type(event).equals("presence_state")) {
      event = next(socket);
    }
    return socket;
  }

  private String created() {
    HttpResponse<String> answer = server.post("/chat/threads", "[]");
    assertThat(answer.statusCode()).isEqualTo(200);
    return Json.text(answer.body(), "id");
  }

  private String ticket() {
    HttpResponse<String> answer =
        server.send(
            request("/api/auth/ticket")
                .header("X-Tenant-Id", "acme")
                .header("X-Mode", "saas")
                .header("X-Project-Id", "p")
                .header("X-App-Id", "a")
                .POST(HttpRequest.BodyPublishers.noBody()));
    assertThat(answer.statusCode()).isEqualTo(200);
    return Json.text(answer.body(), "ticket");
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

  private HttpRequest.Builder request(String path) {
    URI uri = server.http(path);
    return HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + server.token());
  }
}
