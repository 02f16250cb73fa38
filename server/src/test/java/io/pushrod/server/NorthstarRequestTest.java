package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Northstar's requests beside its streams, in the words of their contract.
@Timeout(60)
@Tag("acceptance")
final class NorthstarRequestTest {
  private static final List<String> ALL = List.of("*");
  private static final String SECRET = "a-secret-of-northstar";

  @RegisterExtension
  RunningServer server =
      new RunningServer("env=dev", "surfaces.northstar-ticket.options.ticket_secret=" + SECRET);

  private String token(String user, String tenant, String... roles) {
    return DevSecret.loadOrCreate(server.dataDir())
        .minter()
        .mint(
            new TokenRequest(
                tenant, user, List.of(roles), ALL, ALL, List.of(), List.of(), Duration.ofHours(1)),
            ServerConfig.defaults(true).auth().claims(),
            Instant.now());
  }

  private HttpResponse<String> ask(
      String token, String method, String path, String body, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.http(path))
            .header("Authorization", "Bearer " + token)
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return server.send(request);
  }

  private HttpResponse<String> post(String path, String body) {
    return ask(server.token(), "POST", path, body);
  }

  private String created() {
    return Json.text(post("/chat/threads", "[{\"id\":\"bo\"}]").body(), "id");
  }

  // Threads.

  @Test
  void makesAThreadThatIsThereBeforeAnythingIsSaid() {
    HttpResponse<String> answer =
        post("/chat/threads", "[{\"id\":\"bo\",\"display_name\":\"Bo\"}]");
    assertThat(answer.statusCode()).isEqualTo(200);
    String id = Json.text(answer.body(), "id");
    assertThat(answer.body())
        .startsWith(
            "{\"id\":\""
                + id
                + "\",\"participants\":[{\"id\":\"bo\",\"display_name\":\"Bo\",\"handle\":null}],"
                + "\"created_at\":\"20")
        .endsWith("\",\"title\":null}");
    SseClient stream = server.sseAt("/sse/chat/" + id + "?token=" + server.token());
    assertThat(stream.response().statusCode()).isEqualTo(200);
    assertThat(server.fetch("/chat/threads/" + id + "/messages").body()).isEqualTo("[]");
  }

  @Test
  void listsTheThreadsOfATenant() {
    String first = created();
    String second = Json.text(post("/chat/threads", "").body(), "id");
    assertThat(server.fetch("/chat/threads").body())
        .startsWith("[{\"id\":\"" + first)
        .contains("\"id\":\"" + second);
    assertThat(ask(token("eve", "globex"), "GET", "/chat/threads", "").body()).isEqualTo("[]");
  }

  @Test
  void keepsAThreadFromThoseWhoAreNotDeclared() {
    server.restart("auth.owned_topics=[thread/*]");
    String id = created();
    String path = "/chat/threads/" + id + "/messages";
    assertThat(ask(token("bo", "acme"), "GET", path, "").statusCode()).isEqualTo(200);
    assertThat(ask(token("eve", "acme"), "GET", path, "").statusCode()).isEqualTo(404);
    assertThat(ask(token("eve", "acme"), "GET", "/chat/threads", "").body()).isEqualTo("[]");
    assertThat(ask(token("bo", "acme"), "GET", "/chat/threads", "").body()).contains(id);
  }

  @Test
  void outlivesWhatIsSaidInIt() {
    server.restart(RunningServer.retaining(2));
    String id = created();
    for (int i = 0; i < 5; i++) {
      post("/chat/threads/" + id + "/messages", "{\"text\":\"t" + i + "\"}");
    }
    HttpResponse<String> answer = server.fetch("/chat/threads/" + id + "/messages");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).contains("\"text\":\"t4\"").doesNotContain("\"text\":\"t0\"");
  }

  // Saying.

  @Test
  void takesAMessageInTheOlderForm() {
    HttpResponse<String> answer =
        post(
            "/chat/threads/7/messages",
            "{\"sender\":{\"id\":\"ann\",\"handle\":\"@ann\"},\"text\":\"hi\","
                + "\"scope\":{\"app\":\"a\"}}");
    assertThat(answer.statusCode()).isEqualTo(200);
    String id = Json.text(answer.body(), "id");
    String message =
        "{\"id\":\""
            + id
            + "\",\"thread_id\":\"7\",\"sender\":{\"id\":\"ann\",\"display_name\":null,"
            + "\"handle\":\"@ann\"},\"text\":\"hi\",\"created_at\":\""
            + Json.text(answer.body(), "created_at")
            + "\",\"role\":\"user\",\"scope\":{\"app\":\"a\"}}";
    assertThat(answer.body()).isEqualTo("{\"posted\":[" + message + "]}");
    String listed = server.fetch("/chat/threads/7/messages").body();
    assertThat(listed).startsWith("[{\"id\":\"" + id + "\",\"thread_id\":\"7\"");
    assertThat(listed).contains("\"handle\":\"@ann\"", "\"scope\":{\"app\":\"a\"}");
  }

  @Test
  void takesAMessageInTheNewerForm() {
    HttpResponse<String> answer =
        post("/chat/threads/7/messages", "{\"text\":\"hi\",\"role\":\"system\"}");
    String id = Json.text(answer.body(), "id");
    assertThat(answer.body())
        .startsWith(
            "{\"id\":\""
                + id
                + "\",\"text\":\"hi\",\"role\":\"system\",\"sender_id\":\"ann\",\"cursor\":\""
                + id
                + "\",\"timestamp\":\"20");
    post("/chat/threads/7/messages", "{\"text\":\"more\"}");
    HttpResponse<String> page = server.fetch("/chat/threads/7/messages?limit=1");
    assertThat(page.body())
        .startsWith("{\"messages\":[{\"id\":\"" + id + "\",\"text\":\"hi\",\"role\":\"system\"")
        .endsWith("],\"cursor\":\"" + id + "\"}");
    assertThat(server.fetch("/chat/threads/7/messages?cursor=" + id).body())
        .contains("\"text\":\"more\"")
        .doesNotContain("\"text\":\"hi\"");
    assertThat(server.fetch("/chat/threads/7/messages?cursor=zz-1").statusCode()).isEqualTo(410);
  }

  @Test
  void takesAMessageBesideAStreamInBothForms() {
    String id = created();
    HttpResponse<String> byQuery = post("/sse/chat/" + id + "?text=hi%20you", "{\"id\":\"ann\"}");
    assertThat(byQuery.statusCode()).isEqualTo(200);
    assertThat(byQuery.body()).contains("\"posted\":[{", "\"text\":\"hi you\"");
    HttpResponse<String> byBody =
        post("/sse/chat/" + id, "{\"text\":\"yo\",\"sender\":{\"id\":\"ann\"}}");
    assertThat(byBody.body()).contains("\"text\":\"yo\"");
    HttpResponse<String> other = post("/sse/chat/" + id + "?text=hi", "{\"id\":\"bo\"}");
    assertThat(other.statusCode()).isEqualTo(403);
    assertThat(other.body()).contains("\"code\":\"http.exception\"", "Sender mismatch");
    HttpResponse<String> unknown = post("/sse/chat/none?text=hi", "{\"id\":\"ann\"}");
    assertThat(unknown.statusCode()).isEqualTo(404);
    assertThat(unknown.body()).contains("Thread not found");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "[]", "{\"text\":1}", "{\"text\":\"x\",\"role\":\"boss\"}"})
  void refusesABodyThatIsWrongWith400(String body) {
    HttpResponse<String> answer = post("/chat/threads/7/messages", body);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body())
        .startsWith(
            "{\"error\":{\"code\":\"validation.error\",\"message\":\"Validation failed\","
                + "\"http_status\":400,")
        .contains("\"details\":{\"errors\":[{\"msg\":\"");
  }

  @Test
  void refusesWhatIsSwitchedOff() {
    String root = token("root", "acme", "owner");
    ask(root, "PUT", "/kill-switches", "{\"disabled_actions\":[\"chat_message_append\"]}");
    HttpResponse<String> answer = post("/chat/threads/7/messages", "{\"text\":\"hi\"}");
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"kill_switch.blocked\",\"message\":\"Blocked by kill switch\","
                + "\"http_status\":403,\"gate\":\"kill_switch\",\"action_name\":null,"
                + "\"resource_kind\":\"chat\",\"details\":{\"action\":\"chat_message_append\"}}}");
  }

  @Test
  void handsAMessageToAWorkerThatTakesTheThread() {
    try (IngestClient worker = new IngestClient(server.server().ingestPort())) {
      worker.hello("worker", 1, server.workerToken());
      worker.welcome();
      worker.send(new IngestFrame.Consume("thread/*", 8));
      worker.send(new IngestFrame.Consume("agent/*", 8));
      server.startRun("echo", "r1", "{}");
      assertThat(offered(worker).inbox()).isEqualTo("agent/echo");
      String cursor =
          Json.text(post("/chat/threads/7/messages", "{\"text\":\"hi\"}").body(), "cursor");
      IngestFrame.Request message = offered(worker);
      assertThat(message.inbox()).isEqualTo("thread/7");
      assertThat(message.user()).isEqualTo("ann");
      assertThat(message.ids()).containsEntry(IdField.STEP_ID, cursor);
      assertThat(message.payload()).contains("\"text\":\"hi\",\"role\":\"user\"");
    }
  }

  private static IngestFrame.Request offered(IngestClient worker) {
    while (true) {
      if (worker.next() instanceof IngestFrame.Request request) {
        return request;
      }
    }
  }

  // Kill switches.

  @Test
  void showsAndSetsOneKillSwitchForATenant() {
    String root = token("root", "acme", "admin");
    String[] context = {"X-Mode", "saas", "X-Project-Id", "p", "X-App-Id", "a"};
    assertThat(ask(root, "GET", "/kill-switches", "", context).body()).isEqualTo("null");
    HttpResponse<String> set =
        ask(
            root,
            "PUT",
            "/kill-switches",
            "{\"disable_providers\":[\"openai\"],\"disable_autonomy\":true}",
            context);
    assertThat(set.statusCode()).as(set.body()).isEqualTo(200);
    assertThat(set.body())
        .contains("\"tenant_id\":\"acme\",\"env\":\"dev\",\"disable_providers\":[\"openai\"],")
        .contains("\"disable_autonomy\":true,\"disabled_actions\":[],\"created_at\":\"20");
    ask(root, "PUT", "/kill-switches", "{\"disabled_actions\":[\"chat_send\"]}", context);
    assertThat(ask(root, "GET", "/kill-switches", "", context).body())
        .contains("\"disable_autonomy\":true,\"disabled_actions\":[\"chat_send\"]");
    ask(
        root,
        "PUT",
        "/kill-switches",
        "{\"disable_providers\":[],\"disable_autonomy\":false,\"disabled_actions\":[]}",
        context);
    assertThat(ask(root, "GET", "/kill-switches", "", context).body()).isEqualTo("null");
  }

  @Test
  void setsNothingOfABodyThatIsPartlyWrong() {
    String root = token("root", "acme", "admin");
    HttpResponse<String> answer =
        ask(
            root,
            "PUT",
            "/kill-switches",
            "{\"disable_providers\":[\"x\"],\"disabled_actions\":[\"fly\"]}");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(ask(root, "GET", "/kill-switches", "").body()).isEqualTo("{\"kill_switches\":[]}");
  }

  @Test
  void leavesKillSwitchesToOwnersAndAdmins() {
    HttpResponse<String> answer =
        ask(token("ann", "acme", "member"), "PUT", "/kill-switches", "{}");
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).contains("\"code\":\"http.exception\"");
  }

  // Tickets.

  @Test
  void issuesATicketThatOpensAStream() {
    String id = created();
    HttpResponse<String> answer =
        ask(
            server.token(),
            "POST",
            "/api/auth/ticket",
            "",
            "X-Mode",
            "saas",
            "X-Project-Id",
            "p",
            "X-App-Id",
            "a");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).endsWith("\",\"expires_in\":300}");
    String ticket = Json.text(answer.body(), "ticket");
    String claims = ticket.substring(0, ticket.indexOf('.'));
    String body = new String(Base64.getUrlDecoder().decode(claims), StandardCharsets.UTF_8);
    assertThat(body)
        .startsWith("{\"app_id\":\"a\",\"exp\":")
        .contains("\"mode\":\"saas\",\"project_id\":\"p\",\"pushrod\":{")
        .contains("\"surface_id\":null,\"tenant_id\":\"acme\",\"user_id\":\"ann\"}");
    SseClient stream = server.sseAt("/sse/chat/" + id + "?ticket=" + ticket);
    assertThat(stream.response().statusCode()).isEqualTo(200);
    HttpResponse<String> again =
        server.send(
            HttpRequest.newBuilder(server.http("/api/auth/ticket?ticket=" + ticket))
                .POST(BodyPublishers.noBody()));
    assertThat(again.statusCode()).isEqualTo(401);
  }

  @Test
  void takesATicketOfAnotherServiceThatHasTheSecret() throws Exception {
    String id = created();
    long now = Instant.now().getEpochSecond();
    assertThat(opened(id, signed(foreign(now + 300)))).isEqualTo(200);
    assertThat(opened(id, signed(foreign(now - 1)))).isEqualTo(401);
    String good = signed(foreign(now + 300));
    assertThat(opened(id, good.substring(0, good.length() - 2) + "xx")).isEqualTo(401);
    assertThat(opened(id, good + ".")).isEqualTo(401);
  }

  private int opened(String id, String ticket) {
    return server.sseAt("/sse/chat/" + id + "?ticket=" + ticket).response().statusCode();
  }

  private static String foreign(long expires) {
    return "{\"app_id\":\"a\",\"exp\":"
        + expires
        + ",\"iat\":1,\"mode\":\"saas\",\"project_id\":\"p\",\"request_id\":\"r\","
        + "\"surface_id\":null,\"tenant_id\":\"acme\",\"user_id\":\"zoe\"}";
  }

  private static String signed(String body) throws Exception {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    Mac mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(SECRET.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    Base64.Encoder encoder = Base64.getUrlEncoder().withoutPadding();
    return encoder.encodeToString(bytes) + "." + encoder.encodeToString(mac.doFinal(bytes));
  }

  @Test
  void asksForAContextBeforeItIssuesATicket() {
    HttpResponse<String> answer = post("/api/auth/ticket", "");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"code\":\"auth.ticket_invalid\"");
  }
}
