package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.SseClient.Dispatched;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Northstar's event streams of threads and canvases, in the words of their contract.
@Timeout(60)
@Tag("acceptance")
final class NorthstarStreamTest {
  private static final String THREAD = "/sse/chat/1";
  private static final String CANVAS = "/sse/canvas/c1";

  @RegisterExtension RunningServer server = new RunningServer("env=dev");

  private SseClient open(String path, String... more) {
    String[] headers = new String[more.length + 2];
    headers[0] = "Authorization";
    headers[1] = "Bearer " + server.token();
    System.arraycopy(more, 0, headers, 2, more.length);
    return server.sseAt(path, headers);
  }

  private SseClient whole(String path) {
    return open(
        path,
        "X-Tenant-Id",
        "acme",
        "X-Mode",
        "lab",
        "X-Project-Id",
        "p",
        "X-App-Id",
        "a",
        "X-Surface-Id",
        "s",
        "X-Request-Id",
        "req-9");
  }

  private HttpResponse<String> fetch(String path, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(server.http(path));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return server.send(request);
  }

  private String bearer() {
    return "Bearer " + server.token();
  }

  private String say(String text) {
    return server.publish(
        "thread/1", "agent_message", "{\"text\":\"" + text + "\",\"sender\":{\"id\":\"agent-x\"}}");
  }

  // Threads.

  @Test
  void beginsWithTheCursorThenWhatIsStoredThenWhatFollows() {
    String first = say("one");
    String second = say("two");
    SseClient stream = whole(THREAD);
    assertThat(stream.response().statusCode()).isEqualTo(200);

    Dispatched cursor = stream.next();
    String epoch = first.substring(0, first.indexOf('-'));
    assertThat(cursor.id()).isEqualTo("resume-" + epoch + "-0");
    assertThat(cursor.data())
        .contains("\"type\":\"resume_cursor\"", "\"event_id\":\"resume-" + epoch + "-0\"")
        .contains("\"data\":{\"cursor\":\"" + second + "\"}", "\"trace_id\":\"req-9\"")
        .contains("\"step_id\":\"resume_cursor\"", "\"mode\":\"lab\"", "\"persist\":\"never\"");
    Dispatched event = stream.next();
    assertThat(event.id()).isEqualTo(first);
    assertThat(event.data())
        .contains("\"type\":\"agent_message\"", "\"actor_id\":\"agent-x\",\"actor_type\":\"agent\"")
        .contains("\"data\":{\"text\":\"one\",\"role\":\"agent\"}");
    assertThat(stream.next().id()).isEqualTo(second);
    String third = say("three");
    assertThat(stream.next().id()).isEqualTo(third);
  }

  @Test
  void writesEventsAsTheirHandWrittenParsersWantThem() {
    String first = say("one");
    String text = raw("GET " + THREAD + " HTTP/1.0\r\nAuthorization: " + bearer() + "\r\n\r\n");
    assertThat(text)
        .contains("\nid: " + first + "\nevent: agent_message\ndata: {\"v\":1,")
        .doesNotContain("\r\n\r\nretry");
  }

  private String raw(String request) {
    try (java.net.Socket socket =
        new java.net.Socket(
            java.net.InetAddress.getLoopbackAddress(), server.server().httpPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      StringBuilder text = new StringBuilder();
      java.io.InputStream in = socket.getInputStream();
      while (!text.toString().contains("\"storage_class\":\"stream\"}}\n\nid: ")
          || !text.toString().endsWith("\n\n")) {
        int next = in.read();
        if (next < 0) {
          break;
        }
        text.append((char) next);
      }
      return text.toString();
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "resume-"})
  void readsOnBehindTheLastEventId(String prefix) {
    String first = say("one");
    String second = say("two");
    SseClient stream = open(THREAD + "?last_event_id=nonsense", "Last-Event-ID", prefix + first);
    assertThat(stream.next().data()).contains("resume_cursor", second);
    assertThat(stream.next().id()).isEqualTo(second);
    SseClient byQuery = open(THREAD + "?last_event_id=" + prefix + first);
    assertThat(byQuery.nextEvents(2).getLast().id()).isEqualTo(second);
  }

  @Test
  void losesNothingWhenTheConnectionEndsBehindTheFirstFrame() throws Exception {
    say("one");
    String second = say("two");
    SseClient stream = whole(THREAD);
    String id = stream.next().id();
    stream.close();
    SseClient again = open(THREAD, "Last-Event-ID", id);
    assertThat(again.nextEvents(3).getLast().id()).isEqualTo(second);
  }

  @Test
  void saysNothingOfPresenceOnAStream() {
    say("one");
    SseClient stream = whole(THREAD);
    assertThat(stream.nextEvents(2)).hasSize(2);
    server.publish("thread/1", "presence_state", "{\"status\":\"online\",\"user_id\":\"x\"}");
    String second = say("two");
    assertThat(stream.next().id()).isEqualTo(second);
  }

  @Test
  void liftsAnEventThatIsWrappedInAText() {
    server.publish(
        "thread/1",
        "agent_message",
        "{\"text\":\"{\\\"type\\\":\\\"run_end\\\", \\\"request_id\\\":\\\"q\\\","
            + "\\\"data\\\":{\\\"duration_ms\\\": 12}}\"}");
    server.publish(
        "thread/1", "user_message", "{\"text\":\"{\\\"type\\\":\\\"gap\\\",\\\"data\\\":{}}\"}");
    SseClient stream = open(THREAD);
    assertThat(stream.nextEvents(2).getLast().data())
        .contains("\"type\":\"run_end\"", "\"data\":{\"duration_ms\":12}", "\"trace_id\":\"q\"");
    assertThat(stream.next().data()).contains("\"type\":\"user_message\"");
  }

  // Refusals.

  @ParameterizedTest
  @CsvSource({THREAD + ",chat", CANVAS + ",canvas"})
  void refusesWhoBringsNothing(String path, String kind) {
    HttpResponse<String> answer = fetch(path);
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"auth.ticket_missing\",\"message\":\"Auth or ticket required\","
                + "\"http_status\":401,\"gate\":null,\"action_name\":null,\"resource_kind\":\""
                + kind
                + "\",\"details\":{}}}");
    HttpResponse<String> badTicket = fetch(path + "?ticket=a.b");
    assertThat(badTicket.statusCode()).isEqualTo(401);
    assertThat(badTicket.body()).contains("\"code\":\"auth.ticket_invalid\"");
    HttpResponse<String> badToken = fetch(path, "Authorization", "Bearer no");
    assertThat(badToken.statusCode()).isEqualTo(401);
    assertThat(badToken.body()).contains("\"code\":\"http.exception\"", "\"http_status\":401");
  }

  @ParameterizedTest
  @CsvSource({
    "X-Mode, auth.mode_missing",
    "X-Project-Id, auth.project_missing",
    "X-App-Id, auth.app_missing"
  })
  void refusesAContextThatIsNotWhole(String missing, String code) {
    say("one");
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.http(THREAD)).header("Authorization", bearer());
    List.of("X-Mode", "X-Project-Id", "X-App-Id", "X-Tenant-Id").stream()
        .filter(name -> !name.equals(missing))
        .forEach(
            name ->
                request.header(
                    name,
                    name.equals("X-Mode") ? "saas" : name.equals("X-Tenant-Id") ? "acme" : "x"));
    HttpResponse<String> answer = server.send(request);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"", "\"resource_kind\":\"chat\"");
  }

  @Test
  void refusesAContextThatContradictsItself() {
    say("one");
    HttpResponse<String> answer =
        fetch(
            THREAD + "?project_id=q",
            "Authorization",
            bearer(),
            "X-Mode",
            "saas",
            "X-Project-Id",
            "p",
            "X-App-Id",
            "a");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"auth.context_mismatch\"");
  }

  @Test
  void refusesAnotherTenantThanTheTokens() {
    say("one");
    HttpResponse<String> answer =
        fetch(
            THREAD,
            "Authorization",
            bearer(),
            "X-Tenant-Id",
            "globex",
            "X-Mode",
            "saas",
            "X-Project-Id",
            "p",
            "X-App-Id",
            "a");
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("\"code\":\"auth.tenant_mismatch\"");
  }

  @Test
  void refusesWhatIsNoneAndAnotherTenantsAlike() {
    say("one");
    server.publish("canvas/c1", "canvas_commit", "{}");
    HttpResponse<String> unknown = fetch("/sse/chat/nobody", "Authorization", bearer());
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body())
        .contains("\"code\":\"http.exception\",\"message\":\"Thread not found\"");
    String eve =
        "Bearer " + server.token("globex", List.of("*"), List.of("*"), Duration.ofHours(1));
    HttpResponse<String> foreign = fetch(THREAD, "Authorization", eve);
    assertThat(foreign.statusCode()).isEqualTo(404);
    assertThat(foreign.body()).isEqualTo(unknown.body());
    HttpResponse<String> canvas = fetch(CANVAS, "Authorization", eve);
    assertThat(canvas.statusCode()).isEqualTo(404);
    assertThat(canvas.body()).contains("Canvas not found");
  }

  @ParameterizedTest
  @CsvSource({THREAD + ",chat", CANVAS + ",canvas"})
  void refusesAStaleCursor(String path, String kind) {
    say("one");
    server.publish("canvas/c1", "canvas_commit", "{}");
    HttpResponse<String> answer = fetch(path, "Authorization", bearer(), "Last-Event-ID", "zz-7");
    assertThat(answer.statusCode()).isEqualTo(410);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":{\"code\":\""
                + kind
                + ".cursor_invalid\",\"message\":\"Cursor invalid or expired: zz-7\","
                + "\"http_status\":410,\"gate\":null,\"action_name\":null,"
                + "\"resource_kind\":null,\"details\":{\"cursor\":\"zz-7\"}}}");
  }

  @Test
  void asksNoContextOfThoseWhoStillSayTheirEnvironment() {
    String first = say("one");
    SseClient stream = open(THREAD, "X-Env", "dev", "X-Tenant-Id", "acme", "Last-Event-ID", first);
    assertThat(stream.next().data()).contains("resume_cursor");
    server.restart("surfaces.northstar-chat-stream.options.profile=n3");
    HttpResponse<String> answer =
        fetch(THREAD, "Authorization", bearer(), "X-Env", "dev", "X-Tenant-Id", "acme");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .contains("X-Env header is not allowed; use X-Mode (saas|enterprise|lab)");
  }

  // Canvases.

  @Test
  void namesWhatHappensOnACanvasAndShowsItWhole() {
    server.publish("canvas/c1", "canvas_commit", "{\"type\":\"node_moved\",\"data\":{\"x\":1}}");
    server.publish("canvas/c1", "canvas_commit", "{\"kind\":\"batch\",\"ops\":[]}");
    server.publish(
        "canvas/c1", "canvas_commit", "{\"action\":\"a\",\"result\":\"PASS\",\"gate\":\"g\"}");
    server.publish("canvas/c1", "user_message", "{\"text\":\"{\\\"a\\\": 1}\"}");
    String last = server.publish("canvas/c1", "user_message", "{\"text\":\"plain\"}");
    SseClient stream = open(CANVAS);
    assertThat(stream.next().data())
        .contains("resume_cursor", last, "\"canvas_id\":\"c1\"", "\"thread_id\":null");
    String moved = stream.next().data();
    assertThat(moved)
        .contains("\"type\":\"node_moved\"")
        .contains("\"data\":{\"type\":\"node_moved\",\"data\":{\"x\":1}}")
        .contains("\"priority\":\"truth\",\"persist\":\"always\"");
    assertThat(Json.text(stream.next().data(), "type")).isEqualTo("batch");
    assertThat(Json.text(stream.next().data(), "type")).isEqualTo("SAFETY_DECISION");
    assertThat(stream.next().data()).contains("\"type\":\"canvas_commit\"", "\"data\":{\"a\":1}");
    assertThat(stream.next().data()).contains("\"data\":{\"raw\":\"plain\"}");
    server.publish("canvas/c1", "canvas_gesture", "{\"x\":2}");
    assertThat(stream.next().data())
        .contains("\"type\":\"canvas_gesture\"", "\"priority\":\"gesture\",\"persist\":\"never\"");
  }

  @Test
  void speaksInMessagesToTheOldest() {
    server.restart(
        "surfaces.northstar-chat-stream.options.form=message",
        "surfaces.northstar-chat-stream.anonymous_tenant=acme");
    String first = say("one");
    SseClient stream = server.sseAt(THREAD);
    Dispatched event = stream.next();
    assertThat(event.id()).isEqualTo(first);
    assertThat(event.data())
        .startsWith("{\"event\":\"message\",\"data\":{\"id\":\"" + first + "\"");
  }
}
