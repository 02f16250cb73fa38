package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.Publication;
import io.pushrod.client.PublishRejected;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.PollingClient;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A store that cannot take events: who publishes is told so, and who reads.
@Timeout(60)
final class StorageRefusalTest {
  private static final String DEGRADED = "{\"op\":\"degraded\",\"since\":";
  private static final String RESTORED = "{\"op\":\"restored\"}";

  private final RedisServer redis = RedisServer.durable();

  @RegisterExtension final AfterEachCallback end = _ -> redis.close();

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "server.event_loops=2",
          "storage.backend=redis",
          "storage.redis.url=" + redis.url(),
          "storage.redis.timeout=1s",
          "storage.refuse_after=300ms");

  private void redisEnds() {
    redis.kill();
    Await.until("not ready", () -> server.fetchReady() == 503);
  }

  private HttpResponse<String> post(int n) {
    return server.post(
        "/v1/publish", "{\"topic\":\"thread/1\",\"type\":\"note\",\"data\":{\"n\":" + n + "}}");
  }

  private static List<Long> upTo(int last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  private WsClient greeted() {
    WsClient socket = server.ws();
    assertThat(socket.next()).contains("\"op\":\"welcome\"");
    return socket;
  }

  // Publishers.

  @Test
  void sendsAProducerAwayAndStoresItsEventsOnceWhenItComesBack() {
    byte[][] events = new byte[600][];
    for (int i = 0; i < events.length; i++) {
      events[i] = IngestClient.event("thread/1", "note", "{\"n\":" + (i + 1) + "}");
    }
    redisEnds();
    for (int i = 0; i < 3; i++) {
      try (IngestClient client = IngestClient.ready(server, "agents", 7)) {
        client.publish(1, events);
        IngestFrame.Goaway goaway = client.goaway();
        assertThat(goaway.reason()).isEqualTo(CloseReason.STORAGE_UNAVAILABLE);
        assertThat(goaway.reconnect()).isTrue();
        assertThat(client.ackedUpTo()).isZero();
      }
    }
    redis.begin();
    Await.until("ready", () -> server.fetchReady() == 200);
    try (IngestClient client = IngestClient.ready(server, "agents", 7)) {
      client.publish(1, events);
      client.settled(events.length);
      client.publish(events.length + 1, events[0]);
      client.settled(events.length + 1);
    }
    WsClient all = server.ws();
    all.subscribe("thread/1", ",\"after\":\"earliest\"");
    assertThat(all.nextEvents(events.length + 1))
        .extracting(each -> Json.number(each, "seq"))
        .isEqualTo(upTo(events.length + 1));
    assertThat(server.limitHits("refuse_after")).isPositive();
  }

  @Test
  void storesOnceWhatWasOnItsWayWhenItsProducerWasSentAway() {
    byte[] event = IngestClient.event("thread/1", "note", "{}");
    redis.freeze();
    try (IngestClient client = IngestClient.ready(server, "agents", 7)) {
      client.publish(1, event, event);
      assertThat(client.goaway().reason()).isEqualTo(CloseReason.STORAGE_UNAVAILABLE);
    }
    redis.thaw();
    Await.until("ready", () -> server.fetchReady() == 200);
    try (IngestClient client = IngestClient.ready(server, "agents", 7)) {
      client.publish(1, event, event, event);
      assertThat(client.settled(3).sequences()).endsWith(3L);
    }
    assertThat(redis.call("XLEN", "pushrod:{acme:thread/1}:s")).containsExactly("3");
  }

  @Test
  void keepsNothingOfThoseWhoWereSentAway() {
    byte[] large = IngestClient.event("thread/1", "note", '"' + "x".repeat(100_000) + '"');
    redisEnds();
    for (int i = 0; i < 3; i++) {
      try (IngestClient client = IngestClient.ready(server, "agents", 7)) {
        client.publish(1, large, large, large, large, large, large, large, large);
        assertThat(client.goaway().reason()).isEqualTo(CloseReason.STORAGE_UNAVAILABLE);
      }
    }
    Await.until("nothing waits", () -> server.scraped("pushrod_redis_waiting_bytes") == 0);
  }

  @Test
  void tellsTheUserOfAPublisherThatNothingIsAccepted() throws Exception {
    String token = server.token();
    redisEnds();
    List<CompletableFuture<Published>> sent = new ArrayList<>();
    try (Publisher publisher =
        Publisher.start(
            PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "journal")
                .withToken(() -> token)
                .withLimits(new PublisherConfig.Limits(1 << 20, 10, 1 << 16))
                .withTiming(
                    new PublisherConfig.Timing(
                        Duration.ofSeconds(30),
                        Duration.ofMillis(1),
                        Duration.ofMillis(50),
                        Duration.ofSeconds(30))))) {
      publisher.ready().get(20, TimeUnit.SECONDS);
      for (int i = 1; i <= 10; i++) {
        sent.add(publisher.publish(Publication.of("thread/1", "note", "{\"n\":" + i + "}")));
      }
      // It waits for room, until the server says that there will be none.
      CompletableFuture<Published> refused =
          publisher.publish(Publication.of("thread/1", "note", "{\"n\":11}"));
      assertThat(refused.exceptionNow())
          .isInstanceOfSatisfying(
              PublishRejected.class,
              why -> {
                assertThat(why.code()).isEqualTo(ErrorCode.UNAVAILABLE);
                assertThat(why).hasMessageEndingWith("not accepted: storage unavailable");
              });
      assertThat(publisher.refusal()).isNotNull();
      assertThat(sent).noneMatch(CompletableFuture::isDone);
      redis.begin();
      for (CompletableFuture<Published> each : sent) {
        each.get(30, TimeUnit.SECONDS);
      }
      Await.until("accepted", () -> publisher.refusal() == null);
      publisher.publish(Publication.of("thread/1", "note", "{\"n\":12}")).get(20, TimeUnit.SECONDS);
    }
    WsClient reader = server.ws();
    reader.subscribe("thread/1", ",\"after\":\"earliest\"");
    List<Long> expected = new ArrayList<>(upTo(10));
    expected.add(12L);
    assertThat(reader.nextEvents(11))
        .extracting(each -> Json.number(each, "n"))
        .isEqualTo(expected);
  }

  @Test
  void saysOverHttpAndWebSocketWhetherItMayBeStored() {
    WsClient socket = greeted();
    assertThat(post(1).statusCode()).isEqualTo(200);
    redisEnds();
    assertThat(socket.next()).startsWith(DEGRADED);
    HttpResponse<String> refused = post(2);
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).contains("\"unavailable\"", "\"retryable\":true");
    socket.send(
        "{\"op\":\"publish\",\"id\":1,\"topic\":\"thread/1\",\"type\":\"note\",\"data\":{}}");
    assertThat(socket.next()).contains("\"op\":\"error\"", "\"unavailable\"");
    redis.begin();
    assertThat(socket.next()).isEqualTo(RESTORED);
    redis.freeze();
    HttpResponse<String> unknown = post(3);
    assertThat(unknown.statusCode()).isEqualTo(504);
    assertThat(unknown.body()).contains("\"outcome_unknown\"", "\"retryable\":false");
    redis.thaw();
    socket.subscribe("thread/1", ",\"after\":\"earliest\"");
    assertThat(socket.nextEvents(2))
        .extracting(each -> Json.number(each, "n"))
        .containsExactly(1L, 3L);
  }

  // Readers.

  @Test
  void tellsReadersThatComeWhileRedisIsAway() {
    redisEnds();
    WsClient socket = greeted();
    assertThat(socket.next()).startsWith(DEGRADED);
    SseClient stream = server.sse("topic=thread/1");
    assertThat(stream.next().data()).startsWith(DEGRADED);
    PollingClient polling = server.polling();
    polling.post("40/v1,{\"token\":\"" + server.token() + "\"}");
    assertThat(polling.messages(2)).anyMatch(each -> each.contains("degraded"));
    redis.begin();
    assertThat(socket.next()).isEqualTo(RESTORED);
    // Its topic is found again, and it is told, in whichever order.
    assertThat(List.of(stream.next().data(), stream.next().data()))
        .anyMatch(RESTORED::equals)
        .anyMatch(each -> each.contains("\"op\":\"welcome\""));
    assertThat(polling.messages(1)).anyMatch(each -> each.contains("restored"));
  }

  @Test
  void tellsReadersOnceThatRedisIsOutOfMemoryAndOnceThatItIsNot() {
    WsClient before = greeted();
    redis.call("CONFIG", "SET", "maxmemory", "1");
    HttpResponse<String> refused = post(1);
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).contains("\"overloaded\"");
    assertThat(before.next()).startsWith(DEGRADED);
    WsClient after = greeted();
    assertThat(after.next()).startsWith(DEGRADED);
    // Nobody publishes any more, and yet the end of it is found.
    redis.call("CONFIG", "SET", "maxmemory", "0");
    assertThat(before.next()).isEqualTo(RESTORED);
    assertThat(after.next()).isEqualTo(RESTORED);
    Await.until("ready", () -> server.fetchReady() == 200);
    before.subscribe("thread/1", "");
    server.publish("thread/1", "note", "{\"n\":2}");
    assertThat(before.nextEvent()).contains("\"n\":2");
  }
}
