package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.PollingClient;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// The rules of Engine.IO's document. There are several loops, so that requests of one session come
/// to others than its own.
class EngineIoTest {
  private static final String BASE = "/socket.io/?EIO=4&transport=polling";
  private static final String UNKNOWN = "{\"code\":1,\"message\":\"Session ID unknown\"}";
  private static final String BAD = "{\"code\":3,\"message\":\"Bad request\"}";

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=3");

  private HttpResponse<String> get(String path) {
    return server.send(HttpRequest.newBuilder(server.http(path)));
  }

  private static void refused(HttpResponse<String> answer, String json) {
    assertThat(answer.body()).isEqualTo(json);
    assertThat(answer.statusCode()).isEqualTo(400);
  }

  @Test
  void opensASession() {
    HttpResponse<String> answer = get(BASE);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.headers().firstValue("content-type")).contains("text/plain; charset=UTF-8");
    assertThat(answer.body())
        .matches(
            "0\\{\"sid\":\"[A-Za-z0-9_-]{22}\",\"upgrades\":\\[\"websocket\"\\],"
                + "\"pingInterval\":25000,\"pingTimeout\":20000,\"maxPayload\":1048576\\}");
  }

  @Test
  void opensASessionOnAWebSocketWithoutFurtherUpgrades() {
    RawWs socket = server.rawWsAt("/socket.io/?EIO=4&transport=websocket", 0, new byte[0]);
    assertThat(socket.nextText()).contains("\"upgrades\":[]");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "/socket.io/?transport=polling|{\"code\":5,\"message\":\"Unsupported protocol version\"}",
        "/socket.io/?EIO=3&transport=polling|{\"code\":5,\"message\":\"Unsupported protocol version\"}",
        "/socket.io/?EIO=abc&transport=polling|{\"code\":5,\"message\":\"Unsupported protocol version\"}",
        "/socket.io/?EIO=4|{\"code\":0,\"message\":\"Transport unknown\"}",
        "/socket.io/?EIO=4&transport=abc|{\"code\":0,\"message\":\"Transport unknown\"}",
        "/socket.io?EIO=4&transport=polling&sid=x|{\"code\":1,\"message\":\"Session ID unknown\"}",
        "/socket.io/?EIO=4&transport=websocket|{\"code\":3,\"message\":\"Bad request\"}"
      })
  void refusesARequestThatCannotBe(String path, String json) {
    refused(get(path), json);
  }

  @ParameterizedTest
  @CsvSource({"POST", "PUT", "DELETE"})
  void opensNoSessionByAnotherMethod(String method) {
    refused(
        server.send(
            HttpRequest.newBuilder(server.http(BASE)).method(method, BodyPublishers.noBody())),
        "{\"code\":2,\"message\":\"Bad handshake method\"}");
  }

  @Test
  void refusesAPageThatMayNotUseIt() {
    HttpResponse<String> answer =
        server.send(
            HttpRequest.newBuilder(server.http(BASE)).header("Origin", "https://evil.example"));
    assertThat(answer.statusCode()).isEqualTo(403);
    assertThat(answer.body()).isEqualTo("{\"code\":4,\"message\":\"Forbidden\"}");
  }

  @Test
  void refusesAWebSocketOfAnUnknownSession() {
    assertThat(server.engineWs("nobody").head()).startsWith("HTTP/1.1 400 ");
  }

  @Test
  void bringsPacketsWhileAPollWaits() {
    PollingClient client = server.polling();
    CompletableFuture<HttpResponse<String>> poll = client.polling();
    assertThat(client.post("40/nowhere,").body()).isEqualTo("ok");
    assertThat(poll.join().body()).isEqualTo("44/nowhere,{\"message\":\"Invalid namespace\"}");
  }

  @Test
  void endsASessionWithTwoPollsAtATime() {
    PollingClient client = server.polling();
    CompletableFuture<HttpResponse<String>> one = client.polling();
    CompletableFuture<HttpResponse<String>> two = client.polling();
    CompletableFuture.allOf(one, two).join();
    assertThat(List.of(one.join().body(), two.join().body())).containsExactlyInAnyOrder("1", BAD);
    refused(client.poll(), UNKNOWN);
  }

  @ParameterizedTest
  @CsvSource({"abc", "b***", "''", "2", "2probe"})
  void endsASessionThatSendsWhatIsNoPacketOfAClient(String payload) {
    PollingClient client = server.polling();
    refused(client.post(payload), BAD);
    refused(client.poll(), UNKNOWN);
  }

  @Test
  void endsASessionWhosePollIsCancelled() {
    PollingClient client = server.polling();
    RawClient waiting = server.raw(0);
    waiting.send("GET " + BASE + "&sid=" + client.sid() + " HTTP/1.1\r\nHost: a\r\n\r\n");
    Await.until("the poll waits", () -> server.count(Counter.HTTP_REQUESTS) >= 2);
    waiting.close();
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
    refused(client.poll(), UNKNOWN);
  }

  @Test
  void answersAPollOfASessionThatItsClientCloses() {
    PollingClient client = server.polling();
    CompletableFuture<HttpResponse<String>> poll = client.polling();
    assertThat(client.post("1").body()).isEqualTo("ok");
    assertThat(poll.join().body()).isEqualTo("6");
    refused(client.poll(), UNKNOWN);
  }

  @Test
  void endsASessionThatLeavesAPingUnanswered() {
    server.restart("socketio.ping_interval=100ms", "socketio.ping_timeout=100ms");
    PollingClient client = server.polling();
    assertThat(client.packets()).containsExactly("2");
    server.awaitCount(Counter.PONGS_MISSED, 1);
    refused(client.poll(), UNKNOWN);
  }

  @Test
  void keepsASessionThatAnswersPings() {
    server.restart("socketio.ping_interval=100ms", "socketio.ping_timeout=5s");
    PollingClient client = server.polling();
    for (int i = 0; i < 3; i++) {
      assertThat(client.packets()).containsExactly("2");
      assertThat(client.post("3").body()).isEqualTo("ok");
    }
  }

  @Test
  void endsASessionThatJoinsNoNamespaceInTime() {
    server.restart("socketio.connect_timeout=100ms");
    PollingClient client = server.polling();
    assertThat(client.packets()).containsExactly("1");
    refused(client.poll(), UNKNOWN);
  }

  @Test
  void refusesABodyThatIsTooLarge() {
    server.restart("socketio.max_payload=1KiB");
    PollingClient client = server.polling();
    assertThat(client.post("4" + "a".repeat(1024)).statusCode()).isEqualTo(413);
    assertThat(server.limitHits("socketio_max_payload")).isEqualTo(1);
  }

  @Test
  void closesAWebSocketWhoseMessageIsTooLarge() {
    server.restart("socketio.max_payload=1KiB");
    RawWs socket = server.engineWs("");
    socket.send("4" + "a".repeat(1024));
    assertThat(socket.closeCode()).isEqualTo(1009);
    assertThat(server.limitHits("socketio_max_payload")).isEqualTo(1);
  }

  @Test
  void refusesMoreSessionsThanAllowed() {
    server.restart("socketio.sessions=1");
    PollingClient client = server.polling();
    assertThat(get(BASE).statusCode()).isEqualTo(429);
    assertThat(server.limitHits("socketio_sessions")).isEqualTo(1);
    client.post("1");
    client.poll();
    assertThat(get(BASE).statusCode()).isEqualTo(200);
  }

  /// The WebSocket comes to any of the loops.
  @RepeatedTest(5)
  void upgradesFromPollingToWebSocket() {
    PollingClient client = server.polling();
    CompletableFuture<HttpResponse<String>> poll = client.polling();
    RawWs socket = server.engineWs(client.sid());
    assertThat(socket.send("2probe").nextText()).isEqualTo("3probe");
    assertThat(poll.join().body()).isEqualTo("6");
    assertThat(client.poll().body()).isEqualTo("6");
    socket.send("5").send("40/nowhere,");
    assertThat(socket.nextText()).isEqualTo("44/nowhere,{\"message\":\"Invalid namespace\"}");
    refused(client.poll(), BAD);
    refused(client.post("40"), BAD);
    assertThat(server.engineWs(client.sid()).closeCode()).isEqualTo(1002);
    socket.send("40/elsewhere,");
    assertThat(socket.nextText()).startsWith("44/elsewhere,");
  }

  @Test
  void closesAWebSocketThatSendsAnythingButAProbe() {
    PollingClient client = server.polling();
    RawWs socket = server.engineWs(client.sid());
    assertThat(socket.send("40").closeCode()).isEqualTo(1002);
    client.post("40/nowhere,");
    assertThat(client.packets()).containsExactly("44/nowhere,{\"message\":\"Invalid namespace\"}");
  }

  @Test
  void closesAWebSocketThatDoesNotTakeOverInTime() {
    server.restart("socketio.upgrade_timeout=100ms");
    PollingClient client = server.polling();
    RawWs socket = server.engineWs(client.sid());
    assertThat(socket.send("2probe").nextText()).isEqualTo("3probe");
    assertThat(socket.closeCode()).isEqualTo(4502);
    client.post("40/nowhere,");
    assertThat(client.packets()).containsExactly("44/nowhere,{\"message\":\"Invalid namespace\"}");
  }

  @ParameterizedTest
  @CsvSource({"abc", "2", "b***"})
  void closesAWebSocketThatSendsWhatIsNoPacketOfAClient(String packet) {
    RawWs socket = server.engineWs("");
    assertThat(socket.send(packet).closeCode()).isEqualTo(1002);
  }

  @Test
  void closesAWebSocketWhoseClientCloses() {
    assertThat(server.engineWs("").send("1").closeCode()).isEqualTo(1000);
    server.awaitCount(Counter.SOCKETIO_SESSIONS_CLOSED, 1);
  }

  @Test
  void answersAPollWithNoMorePacketsThanAllowed() {
    server.restart("socketio.poll_packets=3");
    PollingClient client = server.polling();
    client.post(String.join("\u001e", Collections.nCopies(7, "40/nowhere,")));
    assertThat(client.packets()).hasSize(3);
    assertThat(client.packets()).hasSize(3);
    assertThat(client.packets()).hasSize(1);
  }

  @Test
  void opensNoSessionWhereItIsNotServed() {
    server.restart("socketio.path=null");
    assertThat(get(BASE).statusCode()).isEqualTo(404);
  }
}
