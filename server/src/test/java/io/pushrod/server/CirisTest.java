package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Admin;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.Tokens;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients of CIRIS follow an agent.
@Tag("acceptance")
final class CirisTest {
  private static final String ALL = "/v1/stream/all";
  private static final String NOT_FIRST =
      "{\"type\":\"error\",\"data\":{\"message\":\"First message must be subscription request\"}}";

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");

  private RawWs ws(String path, String role) {
    return wsOf("ann", path, role);
  }

  private RawWs wsOf(String user, String path, String role) {
    return server.rawWsAt(path + "?token=" + server.roleToken(user, role), 0, new byte[0]);
  }

  private RawWs header(String path, String role, String... more) {
    String[] headers = new String[more.length + 1];
    System.arraycopy(more, 0, headers, 0, more.length);
    headers[more.length] = "Authorization: Bearer " + server.roleToken("ann", role);
    return server.rawWsAt(path, 0, new byte[0], headers);
  }

  /// A WebSocket whose first frame said who is there.
  private RawWs greeted(String path, String role) {
    RawWs client = ws(path, role);
    assertThat(timeless(client.nextText())).isEqualTo(auth("ann", role));
    return client;
  }

  /// One that has these streams.
  private RawWs subscribed(String role, String streams) {
    RawWs client = greeted(ALL, role);
    client.send("{\"type\":\"subscribe\",\"streams\":[" + streams + "]}");
    assertThat(client.nextText()).startsWith("{\"type\":\"subscribe\"");
    return client;
  }

  private static String auth(String user, String role) {
    return "{\"type\":\"auth\",\"timestamp\":\"T\",\"data\":{\"authenticated\":true,\"user_id\":\""
        + user
        + "\",\"role\":\""
        + role
        + "\"}}";
  }

  private static String timeless(String frame) {
    return frame.replaceAll(
        "\"timestamp\":\"\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z\"",
        "\"timestamp\":\"T\"");
  }

  private static String frame(String type, String data) {
    return "{\"type\":\"" + type + "\",\"timestamp\":\"T\",\"data\":" + data + "}";
  }

  private static void assertClosed(RawWs client, int code, String text) {
    assertThat(client.head()).startsWith("HTTP/1.1 101");
    RawWs.Frame last = client.untilClosed().getLast();
    assertThat(last.code()).isEqualTo(code);
    assertThat(last.text().substring(2)).isEqualTo(text);
  }

  private void awaitReaders(int count) {
    server.awaitCount(Counter.SUBSCRIPTIONS_OPENED, count);
  }

  // Who may read what.

  @ParameterizedTest
  @CsvSource({
    "OBSERVER, messages, message",
    "OBSERVER, telemetry, telemetry",
    "OBSERVER, reasoning, reasoning",
    "ADMIN, logs, log",
    "SERVICE_ACCOUNT, logs, log",
    "AUTHORITY, logs, log",
    "ROOT, logs, log",
    "SYSTEM_ADMIN, logs, log"
  })
  void saysWhoIsThereAndStreams(String role, String stream, String type) {
    server.restart("surfaces.ciris-telemetry.options.pulse=0s");
    RawWs client = greeted("/v1/stream/" + stream, role);
    awaitReaders(1);
    server.publish("stream/" + stream, type, "{\"n\":1.0}");
    assertThat(timeless(client.nextText())).isEqualTo(frame(type, "{\"n\":1.0}"));
  }

  @Test
  void letsNobodyBelowAdminReadLogs() {
    assertClosed(ws("/v1/stream/logs", "OBSERVER"), 1008, "Admin role required");
    assertClosed(ws("/v1/stream/messages", "observer"), 1008, "Observer role required");
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.FORBIDDEN)).isEqualTo(2);
  }

  @Test
  void letsNobodyInWithoutAToken() {
    for (String stream : List.of("messages", "telemetry", "reasoning", "logs", "all")) {
      String path = "/v1/stream/" + stream;
      assertClosed(server.rawWsAt(path, 0, new byte[0]), 1008, "Authentication required");
      assertClosed(
          server.rawWsAt(path + "?token=x", 0, new byte[0]), 1008, "Authentication required");
      assertClosed(
          server.rawWsAt(path + "?token=" + Tokens.expired(server.dataDir()), 0, new byte[0]),
          1008,
          "Authentication required");
    }
  }

  @Test
  void showsTheHighestRole() {
    String token = server.roleToken("ann", "OBSERVER", "ROOT", "ADMIN");
    RawWs client = server.rawWsAt("/v1/stream/logs?token=" + token, 0, new byte[0]);
    assertThat(timeless(client.nextText())).isEqualTo(auth("ann", "ROOT"));
  }

  @Test
  void hasTenConnectionsForAUser() {
    for (int i = 0; i < 10; i++) {
      assertThat(greeted("/v1/stream/messages", "OBSERVER").head()).contains("101");
    }
    assertClosed(ws("/v1/stream/messages", "OBSERVER"), 1008, "more connections than are allowed");
    assertThat(wsOf("bob", "/v1/stream/messages", "OBSERVER").nextText()).contains("\"bob\"");
  }

  @Test
  void keepsTenantsApart() {
    RawWs client = greeted("/v1/stream/messages", "OBSERVER");
    awaitReaders(1);
    HttpRequest.Builder foreign =
        HttpRequest.newBuilder(server.http("/v1/publish"))
            .header(
                "Authorization",
                "Bearer "
                    + server.token(
                        "evil", List.of("*"), List.of("*"), java.time.Duration.ofHours(1)))
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"topic\":\"stream/messages\",\"type\":\"message\",\"data\":{\"n\":1}}"));
    assertThat(server.send(foreign).statusCode()).isEqualTo(200);
    server.publish("stream/messages", "message", "{\"n\":2}");
    assertThat(timeless(client.nextText())).isEqualTo(frame("message", "{\"n\":2}"));
  }

  // One stream.

  @Test
  void answersNothingOnASingleStream() {
    RawWs client = greeted("/v1/stream/messages", "OBSERVER");
    awaitReaders(1);
    client
        .send("{\"type\":\"subscribe\",\"streams\":[\"log\"]}")
        .send("{\"type\":\"filter\",\"levels\":[\"INFO\"]}")
        .send("{\"type\":\"heartbeat\"}")
        .send("{}");
    server.awaitCount(Counter.COMMANDS, 4);
    server.publish("stream/messages", "message", "{\"n\":1}");
    assertThat(timeless(client.nextText())).isEqualTo(frame("message", "{\"n\":1}"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"hello", "[1]", "{\"type\":"})
  void endsWithAClientThatDoesNotSpeakJson(String text) {
    assertClosed(
        greeted("/v1/stream/messages", "OBSERVER").send(text), 1000, "message is no JSON object");
    assertClosed(greeted(ALL, "OBSERVER").send(text), 1000, "message is no JSON object");
  }

  @Test
  void beatsForAClientThatIsSilent() {
    server.restart("surfaces.ciris-messages.heartbeat=50ms");
    RawWs client = greeted("/v1/stream/messages", "OBSERVER");
    for (int i = 0; i < 3; i++) {
      assertThat(timeless(client.nextText()))
          .isEqualTo(frame("heartbeat", "{\"status\":\"alive\"}"));
      client.send(RawWs.masked(RawWs.FIN | RawWs.PONG, new byte[0]));
    }
  }

  @Test
  void endsWithAClientThatIsSilentForLongInSpiteOfHeartbeats() {
    server.restart("surfaces.ciris-messages.heartbeat=20ms", "surfaces.ciris-messages.idle=200ms");
    RawWs client = greeted("/v1/stream/messages", "OBSERVER");
    RawWs.Frame frame = client.next();
    int heartbeats = 0;
    while (frame.opcode() != RawWs.CLOSE) {
      if (frame.opcode() == RawWs.PING) {
        client.send(RawWs.masked(RawWs.FIN | RawWs.PONG, new byte[0]));
      } else {
        heartbeats++;
      }
      frame = client.next();
    }
    assertThat(frame.code()).isEqualTo(1000);
    assertThat(frame.text()).endsWith("nothing was heard for too long");
    assertThat(heartbeats).isPositive();
    assertThat(server.closed(Transport.WEBSOCKET, CloseReason.IDLE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void showsLifeOnTelemetry() {
    server.restart("surfaces.ciris-telemetry.options.pulse=20ms");
    RawWs client = greeted("/v1/stream/telemetry", "OBSERVER");
    for (int i = 0; i < 3; i++) {
      assertThat(timeless(client.nextText()))
          .isEqualTo(
              frame(
                  "telemetry",
                  "{\"metric_name\":\"system.heartbeat\",\"value\":1.0,\"unit\":\"count\",\"tags\":{}}"));
    }
  }

  // Streams of the client's choice.

  @Test
  void grantsAndDeniesStreamsAndStreamsThem() {
    RawWs client = greeted(ALL, "OBSERVER");
    client.send(
        "{\"type\":\"subscribe\",\"streams\":[\"message\",\"log\",\"nonsense\",\"heartbeat\"]}");
    assertThat(timeless(client.nextText()))
        .isEqualTo(
            frame(
                "subscribe",
                "{\"subscribed\":[\"message\",\"heartbeat\"],\"denied\":[\"log\",\"nonsense\"]}"));
    awaitReaders(1);
    server.publish("stream/logs", "log", "{\"n\":1}");
    server.publish("stream/telemetry", "telemetry", "{\"n\":2}");
    server.publish("stream/messages", "message", "{\"n\":3}");
    assertThat(timeless(client.nextText())).isEqualTo(frame("message", "{\"n\":3}"));
  }

  @Test
  void addsAndRemovesStreams() {
    RawWs client = subscribed("ADMIN", "\"message\"");
    client.send("{\"type\":\"subscribe\",\"streams\":[\"log\",\"x\",\"message\"]}");
    assertThat(timeless(client.nextText()))
        .isEqualTo(
            frame(
                "subscribe",
                "{\"added\":[\"log\",\"message\"],\"subscribed\":[\"message\",\"log\"],\"denied\":[\"x\"]}"));
    client.send("{\"type\":\"unsubscribe\",\"streams\":[\"message\",\"reasoning\",\"x\"]}");
    assertThat(timeless(client.nextText()))
        .isEqualTo(frame("unsubscribe", "{\"removed\":[\"message\",\"reasoning\"]}"));
    awaitReaders(2);
    server.publish("stream/messages", "message", "{\"n\":1}");
    server.publish("stream/logs", "log", "{\"n\":2}");
    assertThat(timeless(client.nextText())).isEqualTo(frame("log", "{\"n\":2}"));
  }

  @Test
  void readsAStreamAgainThatWasLeft() {
    RawWs client = subscribed("ADMIN", "\"message\"");
    awaitReaders(1);
    client.send("{\"type\":\"unsubscribe\",\"streams\":[\"message\"]}");
    client.send("{\"type\":\"subscribe\",\"streams\":[\"message\"]}");
    assertThat(client.nextText()).contains("\"removed\":[\"message\"]");
    assertThat(client.nextText()).contains("\"added\":[\"message\"]");
    awaitReaders(2);
    server.publish("stream/messages", "message", "{\"n\":1}");
    assertThat(timeless(client.nextText())).isEqualTo(frame("message", "{\"n\":1}"));
  }

  @Test
  void wantsStreamsToBeNamedFirst() {
    RawWs client = greeted(ALL, "OBSERVER").send("{\"type\":\"heartbeat\"}");
    assertThat(client.nextText()).isEqualTo(NOT_FIRST);
    assertClosed(client, 1000, "First message must be subscription request");
  }

  @Test
  void wantsStreamsToBeNamedInTime() {
    server.restart("surfaces.ciris-all.options.first=50ms");
    RawWs client = greeted(ALL, "OBSERVER");
    assertThat(client.nextText()).isEqualTo(NOT_FIRST);
    assertClosed(client, 1000, "First message must be subscription request");
  }

  @Test
  void waitsNoLongerForWhoHasNamedStreams() {
    server.restart("surfaces.ciris-all.options.first=300ms", "surfaces.ciris-all.heartbeat=200ms");
    RawWs client = subscribed("OBSERVER", "\"message\"");
    for (int i = 0; i < 3; i++) {
      assertThat(client.nextText()).startsWith("{\"type\":\"heartbeat\"");
      client.send(RawWs.masked(RawWs.FIN | RawWs.PONG, new byte[0]));
    }
  }

  @Test
  void endsWithTheTokenThatIsRevoked() {
    RawWs client = subscribed("ADMIN", "\"log\"");
    HttpResponse<String> answer =
        new Admin(server).revoke("{\"tenant\":\"acme\",\"user\":\"ann\"}");
    assertThat(answer.statusCode()).as(answer.body()).isLessThan(300);
    assertClosed(client, 1008, "Authentication required");
  }

  // Channels.

  @Test
  void readsTheMessagesUnaskedAndAnswersRequests() {
    RawWs client = header("/v1/stream", "OBSERVER");
    awaitReaders(1);
    server.publish("stream/messages", "message", "{\"n\":1}");
    assertThat(timeless(client.nextText()))
        .isEqualTo(
            "{\"channel\":\"messages\",\"event_type\":\"message\",\"timestamp\":\"T\","
                + "\"data\":{\"n\":1},\"sequence\":1}");
    client.send("{\"action\":\"ping\"}");
    assertThat(timeless(client.nextText())).isEqualTo("{\"type\":\"pong\",\"timestamp\":\"T\"}");
    client.send("{\"action\":\"subscribe\",\"channels\":[\"telemetry\",\"logs\",\"nonsense\"]}");
    assertThat(timeless(client.nextText()))
        .isEqualTo(
            "{\"type\":\"subscription_update\",\"channels\":[\"messages\",\"telemetry\"],"
                + "\"timestamp\":\"T\"}");
    client.send("{\"action\":\"unsubscribe\",\"channels\":[\"messages\"]}");
    assertThat(client.nextText()).contains("\"channels\":[\"telemetry\"]");
    awaitReaders(2);
    server.publish("stream/messages", "message", "{\"n\":2}");
    server.publish("stream/telemetry", "telemetry", "{\"n\":3}");
    assertThat(timeless(client.nextText()))
        .isEqualTo(
            "{\"channel\":\"telemetry\",\"event_type\":\"telemetry\",\"timestamp\":\"T\","
                + "\"data\":{\"n\":3},\"sequence\":2}");
  }

  @Test
  void takesChannelsFromTheHeaderAndFromObjects() {
    RawWs client = header("/v1/stream", "ADMIN", "X-Subscribe-Channels: agent.state, telemetry,,x");
    client.send("{\"type\":\"heartbeat\",\"timestamp\":\"t\"}");
    client.send("{\"action\":\"subscribe\",\"channels\":{\"logs\":{\"level\":\"ERROR\"}}}");
    assertThat(client.nextText())
        .contains("\"channels\":[\"agent.state\",\"logs\",\"messages\",\"telemetry\"]");
    client.send("{\"type\":\"subscribe\",\"channels\":[\"agent\"]}");
    assertThat(client.nextText()).contains("\"agent\",\"agent.state\"");
    client.send("{\"action\":\"unsubscribe\",\"channels\":[\"agent\"]}");
    assertThat(client.nextText()).contains("[\"agent.state\",");
    awaitReaders(4);
    server.publish("stream/agent", "agent.state", "{}");
    assertThat(client.nextText()).contains("\"channel\":\"agent.state\"");
  }

  @Test
  void takesATokenForChannelsFromTheHeaderOnly() {
    String missing = "Missing or invalid authorization header";
    assertClosed(ws("/v1/stream", "ADMIN"), 1008, missing);
    assertClosed(
        server.rawWsAt("/v1/stream", 0, new byte[0], "Authorization: Basic eA=="), 1008, missing);
    assertClosed(
        server.rawWsAt("/v1/stream", 0, new byte[0], "Authorization: Bearer x"),
        1008,
        "Authentication failed");
  }

  // The reasoning stream.

  private SseClient steps(String user, String role) {
    return server.sseAt(
        "/v1/system/runtime/reasoning-stream",
        "Authorization",
        "Bearer " + server.roleToken(user, role));
  }

  @Test
  void streamsStepsByRole() {
    SseClient admin = steps("root", "ADMIN");
    SseClient observer = steps("ann", "OBSERVER");
    assertThat(timeless(admin.next().data()))
        .isEqualTo("{\"status\":\"connected\",\"timestamp\":\"T\"}");
    assertThat(observer.next().data()).contains("connected");
    awaitReaders(2);
    server.publish("stream/steps", "step_update", "{\"events\":[{\"thought_id\":\"t\"}]}");
    server.publish("stream/steps/of/bob", "step_update", "{\"events\":[]}");
    server.publish("stream/steps/of/ann", "thought_start", "{\"thought_id\":\"own\"}");
    assertThat(admin.next().data()).isEqualTo("{\"events\":[{\"thought_id\":\"t\"}]}");
    assertThat(observer.next().data()).isEqualTo("{\"events\":[{\"thought_id\":\"own\"}]}");
  }

  @Test
  void namesStepsAndSaysWhenNothingHappens() {
    server.restart("surfaces.ciris-steps.heartbeat=50ms");
    SseClient client = steps("root", "ADMIN");
    assertThat(client.next().data()).contains("connected");
    assertThat(timeless(client.next().data())).isEqualTo("{\"timestamp\":\"T\"}");
  }

  @Test
  void answersWithAStatusWhoMayNotReadSteps() {
    String path = "/v1/system/runtime/reasoning-stream";
    HttpResponse<String> stranger = server.send(HttpRequest.newBuilder(server.http(path)));
    assertThat(stranger.statusCode()).isEqualTo(401);
    assertThat(stranger.body())
        .isEqualTo("{\"detail\":\"token: none (expected: Authorization: Bearer)\"}");
    HttpResponse<String> nobody = server.fetch(path);
    assertThat(nobody.statusCode()).isEqualTo(403);
    assertThat(nobody.body()).isEqualTo("{\"detail\":\"Observer role required\"}");
  }

  @Test
  void forgetsAClientThatIsSuddenlyGone() throws Exception {
    for (int i = 0; i < 12; i++) {
      RawWs client = ws("/v1/stream/messages", "OBSERVER");
      assertThat(client.nextText()).contains("auth");
      int gone = i + 1;
      awaitReaders(gone);
      client.close();
      Await.until("it is gone", () -> server.count(Counter.SUBSCRIPTIONS_CLOSED) >= gone);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "ciris-messages.options.form=x, options.form: x",
    "ciris-all.options.form=stream, topics: 4 (expected: 1",
    "ciris-all.options.first=soon, options.first: soon",
    "ciris-steps.topics.own=null, topics: "
  })
  void doesNotStartWithARowThatMakesNoSense(String setting, String why) {
    assertThatThrownBy(() -> server.restart("surfaces." + setting))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(why);
  }
}
