package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;

/// Clients of Northstar's chat sockets: most are Ann, of the tenant `acme`. Close codes are 4003,
/// and the reason is the code of the error that came before.
final class NorthstarClients {
  private static final int CODE = 4003;

  private final RunningServer server;

  NorthstarClients(RunningServer server) {
    this.server = server;
  }

  String bearer() {
    return bearer("ann", "acme");
  }

  String bearer(String user, String tenant) {
    return "Authorization: Bearer "
        + server.token(user, tenant, List.of("thread/*"), List.of("thread/*"), Duration.ofHours(1));
  }

  RawWs open(String path, String... headers) {
    return server.rawWsAt(path, 0, new byte[0], headers);
  }

  RawWs thread(String id) {
    return open("/ws/chat/" + id, bearer());
  }

  /// The first frame of a client.
  ///
  /// @param more members, each with a comma before it
  static String hello(String more) {
    return "{\"type\":\"hello\",\"context\":{\"tenant_id\":\"acme\",\"mode\":\"saas\","
        + "\"project_id\":\"p\",\"app_id\":\"a\",\"surface_id\":\"s\",\"user_id\":\"ann\","
        + "\"request_id\":\"req-1\"}"
        + more
        + "}";
  }

  /// [#hello] with one member of its context left out.
  static String without(String member) {
    return hello("").replaceAll("\"" + member + "\":\"[^\"]*\",?", "").replace(",}", "}");
  }

  /// The next text but the server's heartbeat and [#isOwnArrival].
  static String next(RawWs socket) {
    String text = socket.nextText();
    return text.equals("{\"type\":\"ping\"}") || isOwnArrival(text) ? next(socket) : text;
  }

  /// Ann's arrival as the others hear of it. It goes round by a Redis, where there is one, and she
  /// may then hear of it too.
  static boolean isOwnArrival(String text) {
    return text.contains("\"event_id\":\"sig-")
        && text.contains("\"data\":{\"status\":\"online\",\"user_id\":\"ann\"}");
  }

  static String type(String event) {
    return Json.text(event, "type");
  }

  /// The socket hears of an error, and is closed with its code.
  static void assertRefused(RawWs socket, String code, int status) {
    String error = next(socket);
    assertThat(error)
        .startsWith("{\"error\":{\"code\":\"" + code + "\",")
        .contains("\"http_status\":" + status + ",");
    assertClosed(socket, code);
  }

  /// The socket is closed for that reason.
  static void assertClosed(RawWs socket, String reason) {
    RawWs.Frame end = socket.next();
    while (end.opcode() == RawWs.PING || isOwnArrival(end.text())) {
      end = socket.next();
    }
    assertThat(end.opcode()).isEqualTo(RawWs.CLOSE);
    assertThat(end.code()).isEqualTo(CODE);
    assertThat(end.text()).endsWith(reason);
  }

  /// Bo says something; tells the event's cursor.
  String say(String thread, String text) {
    return server.publish(
        "thread/" + thread,
        "user_message",
        "{\"text\":\"" + text + "\",\"sender\":{\"id\":\"bo\"}}");
  }

  /// A socket of Ann's in a thread, which has heard that she is there.
  RawWs joined(String id) {
    RawWs socket = thread(id).send(hello(""));
    String event = next(socket);
    while (!type(event).equals("presence_state")) {
      event = next(socket);
    }
    return socket;
  }

  /// A thread of its own that has begun, without events.
  String created() {
    HttpResponse<String> answer = server.post("/chat/threads", "[]");
    assertThat(answer.statusCode()).isEqualTo(200);
    return Json.text(answer.body(), "id");
  }
}
