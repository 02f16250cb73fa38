package io.pushrod.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A server that stops, step by step.
@Timeout(60)
@Tag("acceptance")
final class DrainTest {
  private static final String NOTE = "{\"text\":\"Hi\"}";

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");

  private CompletableFuture<Void> drain() {
    return CompletableFuture.runAsync(server.server()::close);
  }

  private static void end(CompletableFuture<Void> drain) {
    drain.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private HttpResponse<String> admin(String path) {
    return server.send(HttpRequest.newBuilder(server.admin(path)));
  }

  private void awaitClosedDoors() {
    Await.until("all loops know", server.server()::isDraining);
    assertThat(accepts(server.server().httpPort())).isFalse();
    assertThat(accepts(server.server().ingestPort())).isFalse();
  }

  private static boolean accepts(int port) {
    try (Socket _ = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void saysFirstThatItIsNotReadyAndServesOn() throws InterruptedException {
    server.restart("drain.delay=10m", "drain.timeout=20m");
    WsClient before = server.ws();
    before.subscribe("t", "");
    Thread drain = Thread.ofPlatform().start(server.server()::close);
    Await.until("not ready", () -> admin("/readyz").statusCode() == 503);
    assertThat(admin("/readyz").body()).isEqualTo("draining\n");
    assertThat(admin("/healthz").statusCode()).isEqualTo(200);

    WsClient late = server.ws();
    late.subscribe("t", "");
    server.publish("t", "note", NOTE);
    assertThat(before.nextEvent()).contains("\"seq\":1");
    assertThat(late.nextEvent()).contains("\"seq\":1");

    drain.interrupt();
    assertThat(before.closeCode()).isEqualTo(1001);
    assertThat(late.closeCode()).isEqualTo(1001);
    assertThat(drain.join(Duration.ofSeconds(20))).isTrue();
  }

  @Test
  void tellsEachReaderWhenAndWhereToGoOn() {
    server.restart("drain.window=300ms", "drain.timeout=20s");
    server.publish("t", "note", NOTE);
    WsClient socket = server.ws();
    socket.subscribe("t", ",\"after\":\"earliest\"");
    String id = Json.text(socket.nextEvent(), "id");
    SseClient stream = server.sse("topic=t&after=earliest");
    assertThat(stream.nextEvent().id()).isEqualTo(id);

    CompletableFuture<Void> drain = drain();

    for (String goodbye : List.of(socket.next(), stream.next().data())) {
      assertThat(goodbye)
          .startsWith("{\"op\":\"close\",\"reason\":\"shutdown\",\"reconnect\":true,")
          .endsWith("\"cursors\":{\"t\":\"" + id + "\"}}");
      assertThat(Json.number(goodbye, "retry_after_ms")).isBetween(1_000L, 1_300L);
    }
    assertThat(socket.closeCode()).isEqualTo(CloseReason.SHUTDOWN.code());
    assertThat(stream.ends()).isTrue();
    end(drain);
    assertThat(server.count(Counter.DRAIN_TOLD)).isEqualTo(2);
    assertThat(server.count(Counter.DRAIN_CUT)).isZero();
  }

  /// What a reader says meets a socket that is closed to us only: a closed one would answer with a
  /// reset, and drop what is still on the way to the reader.
  @Test
  void reachesAReaderThatStillTalks() {
    server.restart("drain.timeout=20s");
    RawWs reader = server.rawWs(4096);
    reader.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    reader.nextReply();
    server.publishAll(
        3,
        _ ->
            "{\"topic\":\"t\",\"type\":\"note\",\"data\":{\"text\":\""
                + "x".repeat(4_000)
                + "\"}}");
    server.awaitCount(Counter.DELIVERIES, 3);
    CompletableFuture<Void> drain = drain();
    server.awaitCount(Counter.DRAIN_TOLD, 1);

    reader.send(RawWs.masked(RawWs.FIN | RawWs.PING, new byte[4]));
    reader.send(RawWs.masked(RawWs.FIN | RawWs.PING, new byte[4]));

    assertThat(reader.eventsUntil(3)).hasSize(3);
    assertThat(reader.nextText()).contains("\"reason\":\"shutdown\"");
    assertThat(reader.closeCode()).isEqualTo(CloseReason.SHUTDOWN.code());
    closed(reader);
    end(drain);
  }

  @Test
  void endsAReaderThatTakesNothingAtTheTimeoutAndTheOthersBefore() {
    server.restart("drain.timeout=3s");
    RawWs stalled = server.rawWs(4096);
    stalled.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    stalled.nextReply();
    WsClient other = server.ws();
    other.subscribe("t", "");
    String text = "x".repeat(1_000);
    for (int i = 0; i < 4_000; i += 500) {
      server.publishAll(
          500, _ -> "{\"topic\":\"t\",\"type\":\"note\",\"data\":{\"text\":\"" + text + "\"}}");
    }
    assertThat(other.nextEvents(4_000)).hasSize(4_000);

    end(drain());

    assertThat(other.closeCode()).isEqualTo(CloseReason.SHUTDOWN.code());
    assertThat(server.count(Counter.DRAIN_TOLD)).isEqualTo(1);
    assertThat(server.count(Counter.DRAIN_CUT)).isEqualTo(1);
    assertThat(new String(server.server().metrics().scrape(), UTF_8))
        .contains(
            "pushrod_connections_closed_total{reason=\"slow_consumer\",transport=\"websocket\"} 1");
  }

  @Test
  void endsAtOnceWhenNobodyIsThere() {
    server.restart("drain.window=1h", "drain.timeout=2h");
    end(drain());
  }

  @Test
  void finishesTheRequestsThatHaveBegun() {
    server.restart("drain.timeout=20s");
    server.publish("t", "note", NOTE);
    String token = "Authorization: Bearer " + server.token() + "\r\n\r\n";
    String connections = "pushrod_connections{transport=\"http\"}";
    long before = server.scraped(connections);
    RawClient history = begun("GET /v1/topics/t/events");
    RawClient publish = begun("POST /v1/publish");
    RawClient stream = begun("GET /v1/sse?topic=t");
    RawClient socket = begun("GET /v1/ws");
    Await.until("all are accepted", () -> server.scraped(connections) == before + 4);
    CompletableFuture<Void> drain = drain();
    awaitClosedDoors();

    RawClient.Answer page = history.send(token).answer();
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.body()).contains("\"last\":1");
    assertThat(page.header("connection")).isEqualTo("close");

    RawClient.Answer refused =
        publish.send("Content-Length: " + NOTE.length() + "\r\n" + token + NOTE).answer();
    assertThat(refused.status()).isEqualTo(503);
    assertThat(refused.header("retry-after")).isEqualTo("1");
    assertThat(refused.body()).contains("\"unavailable\"").contains("\"retryable\":true");

    assertThat(stream.send(token).answerToHead().status()).isEqualTo(200);
    assertThat(stream.text(100)).contains("retry: ").contains("\"reason\":\"shutdown\"");

    socket.send(
        "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + token);
    assertThat(socket.answerToHead().status()).isEqualTo(101);
    assertThat(socket.text(120)).contains("\"op\":\"welcome\"");

    end(drain);
    assertThat(server.count(Counter.DRAIN_REFUSED)).isEqualTo(3);
    assertThat(server.count(Counter.INTERNAL_ERRORS)).isZero();
  }

  private RawClient begun(String line) {
    RawClient client = server.raw(0);
    client.send(line + " HTTP/1.1\r\nHost: push.test\r\n");
    return client;
  }

  @Test
  void closesIdleConnectionsAtOnce() {
    server.restart("drain.timeout=2h");
    RawClient idle = server.raw(0);
    assertThat(idle.get("/v1/topics/t/events").status()).isEqualTo(401);
    end(drain());
    assertThat(idle.isClosedByServer()).isTrue();
  }

  @Test
  void takesNoPublicationsOverWebSocketsThatWaitForTheirGoodbye() {
    server.restart("server.event_loops=1", "drain.window=4s", "drain.timeout=20s");
    RawWs one = server.rawWs();
    RawWs other = server.rawWs();
    CompletableFuture<Void> drain = drain();
    server.awaitCount(Counter.DRAIN_TOLD, 1);
    String publish = "{\"op\":\"publish\",\"id\":4,\"topic\":\"t\",\"type\":\"note\"}";

    one.send(publish);
    other.send(publish);

    String first = one.nextText();
    String second = other.nextText();
    assertThat(List.of(first, second))
        .anyMatch(text -> text.contains("\"code\":\"unavailable\""))
        .anyMatch(text -> text.contains("\"op\":\"close\""));
    one.untilClosed();
    other.untilClosed();
    closed(one);
    closed(other);
    end(drain);
    assertThat(server.count(Counter.EVENTS_APPENDED)).isZero();
  }

  private static void closed(RawWs socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Test
  void acknowledgesWhatItTookToAPublisherThatReadsLate() {
    server.restart("drain.timeout=20s");
    CompletableFuture<Void> drain;
    try (IngestClient publisher = IngestClient.ready(server, "p", 1)) {
      byte[] note = IngestClient.event("t", "note", NOTE);
      publisher.publish(1, note, note);
      publisher.publish(3, note);
      server.awaitCount(Counter.EVENTS_APPENDED, 3);
      drain = drain();
      awaitClosedDoors();
      publisher.publish(4, note);

      assertThat(publisher.settled(3).sequences()).containsExactly(1L, 2L, 3L);
      IngestFrame.Goaway goaway = publisher.goaway();
      assertThat(goaway.reason()).isEqualTo(CloseReason.SHUTDOWN);
      assertThat(goaway.reconnect()).isTrue();
      assertThat(publisher.ackedUpTo()).isEqualTo(3);
      assertThat(publisher.nextOrEnd()).isNull();
      assertThat(drain).isNotDone();
    }
    end(drain);
    assertThat(server.count(Counter.EVENTS_APPENDED)).isEqualTo(3);
  }

  @Test
  void refusesConnectionsThatComeLater() {
    CompletableFuture<Void> drain = drain();
    end(drain);
    assertThatThrownBy(() -> server.raw(0)).hasMessageContaining("refused");
    assertThat(new String(server.server().metrics().scrape(), UTF_8))
        .contains("pushrod_drain_told_total 0.0");
  }
}
