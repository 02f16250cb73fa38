package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The warning comes an hour before the end here, so a token of half an hour is warned of at once.
final class ExpiryTest {
  private static final List<String> ALL = List.of("*");
  private static final Duration SOON = Duration.ofMinutes(30);

  @RegisterExtension
  final RunningServer server = new RunningServer("auth.clock_skew=0s", "auth.expiry_warning=1h");

  private String token(Duration ttl, String... topics) {
    return server.token("acme", topics.length == 0 ? ALL : List.of(topics), ALL, ttl);
  }

  private static String auth(String token) {
    return "{\"op\":\"auth\",\"id\":1,\"token\":\"" + token + "\"}";
  }

  private HttpResponse<String> command(String stream, String token, String json) {
    return server.send(
        HttpRequest.newBuilder(server.http("/v1/sse/" + stream))
            .header("Authorization", "Bearer " + token)
            .POST(HttpRequest.BodyPublishers.ofString(json)));
  }

  @Test
  void warnsAWebSocketOnce() {
    server.restart("heartbeat.ws_ping=50ms");
    long before = System.currentTimeMillis();
    WsClient client = server.ws("/v1/ws?token=" + token(SOON));
    client.next();
    String warning = client.next();
    assertThat(warning).startsWith("{\"op\":\"token_expiring\",\"expires_at\":");
    assertThat(Json.number(warning, "expires_at"))
        .isBetween(before + SOON.toMillis() - 1_000, System.currentTimeMillis() + SOON.toMillis());
    server.awaitCount(Counter.HEARTBEATS_SENT, 3);
    client.send("{\"op\":\"ping\",\"id\":1}");
    assertThat(client.next()).as("nothing between").isEqualTo("{\"op\":\"ack\",\"id\":1}");
    assertThat(server.count(Counter.TOKEN_WARNINGS)).isEqualTo(1);
  }

  @Test
  void warnsAnEventStream() {
    SseClient client = server.sseAt("/v1/sse?topic=t&token=" + token(SOON));
    client.next();
    assertThat(client.next().data()).startsWith("{\"op\":\"token_expiring\",\"expires_at\":");
    server.publish("t", "note", "{}");
    assertThat(client.next().data()).contains("\"type\":\"note\"");
  }

  @Test
  void warnsNobodyWhoseTokenLivesLongerOrForWhomThereIsNoWarning() {
    server.restart("heartbeat.ws_ping=50ms");
    server.ws("/v1/ws?token=" + token(Duration.ofHours(2))).next();
    server.awaitCount(Counter.HEARTBEATS_SENT, 3);
    assertThat(server.count(Counter.TOKEN_WARNINGS)).isZero();

    server.restart("heartbeat.ws_ping=50ms", "auth.expiry_warning=0s");
    server.ws("/v1/ws?token=" + token(SOON)).next();
    server.awaitCount(Counter.HEARTBEATS_SENT, 3);
    assertThat(server.count(Counter.TOKEN_WARNINGS)).isZero();
  }

  @Test
  void warnsAgainOfTheNextToken() {
    WsClient client = server.ws("/v1/ws?token=" + token(SOON));
    client.next();
    assertThat(client.next()).contains("token_expiring");
    client.send(auth(token(SOON)));
    assertThat(client.next()).contains("\"ack\"");
    assertThat(client.next()).contains("token_expiring");
  }

  @Test
  void keepsAnEventStreamThatWasRefreshedByPost() {
    String brief = token(Duration.ofSeconds(2));
    SseClient refreshed = server.sseAt("/v1/sse?topic=t&token=" + brief);
    SseClient expiring = server.sseAt("/v1/sse?topic=t&token=" + brief);
    String stream = Json.text(refreshed.next().data(), "connection_id");
    String fresh = token(Duration.ofHours(2));
    assertThat(command(stream, fresh, auth(fresh)).body()).isEqualTo("{\"op\":\"ack\",\"id\":1}");

    expiring.next();
    while (!expiring.next().data().contains("\"reason\":\"token_expired\"")) {
      // the warning
    }

    server.publish("t", "note", "{}");
    assertThat(refreshed.nextEvent().data()).contains("\"type\":\"note\"");
  }

  @Test
  void endsWhatAFreshTokenNoLongerGrants() {
    WsClient client = server.ws("/v1/ws?token=" + token(Duration.ofHours(2)));
    client.next();
    String cursor = server.publish("lost", "note", "{}");
    client.subscribe("kept", "");
    client.subscribe("lost", "");
    client.send(auth(token(Duration.ofHours(2), "kept")));
    assertThat(client.next()).isEqualTo("{\"op\":\"ack\",\"id\":1}");
    assertThat(client.next())
        .isEqualTo(
            "{\"op\":\"unsubscribed\",\"topic\":\"lost\",\"code\":\"not_found\",\"cursor\":\""
                + cursor
                + "\"}");
    server.publish("lost", "note", "{}");
    server.publish("kept", "note", "{}");
    assertThat(client.next()).contains("\"topic\":\"kept\"");
    assertThat(client.subscribe("lost", "")).contains("\"not_found\"");
  }

  @Test
  void endsOnAnEventStreamWhatAFreshTokenNoLongerGrants() {
    SseClient client =
        server.sseAt("/v1/sse?topic=kept&topic=lost&token=" + token(SOON.plusHours(1)));
    String stream = Json.text(client.next().data(), "connection_id");
    String less = token(Duration.ofHours(2), "kept");
    assertThat(command(stream, less, auth(less)).statusCode()).isEqualTo(200);
    assertThat(client.next().data())
        .startsWith("{\"op\":\"unsubscribed\",\"topic\":\"lost\",\"code\":\"not_found\"");
    server.publish("lost", "note", "{}");
    server.publish("kept", "note", "{}");
    SseClient.Dispatched event = client.next();
    assertThat(event.data()).contains("\"topic\":\"kept\"");
    assertThat(event.id()).contains("kept=").doesNotContain("lost");
  }

  @Test
  void letsAPublisherComeBackWithAFreshTokenAndLosesNothing() throws Exception {
    AtomicInteger tokens = new AtomicInteger();
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "agents")
            .withToken(
                () -> {
                  tokens.incrementAndGet();
                  return token(Duration.ofSeconds(2));
                });
    List<CompletableFuture<Published>> all = new ArrayList<>();
    try (Publisher publisher = Publisher.start(config)) {
      publisher.ready().orTimeout(20, TimeUnit.SECONDS).join();
      while (tokens.get() < 3) {
        all.add(publisher.publish(note(all.size())));
        if (all.size() % 64 == 0) {
          all.getLast().orTimeout(20, TimeUnit.SECONDS).join();
        }
      }
      for (int i = 0; i < 100; i++) {
        all.add(publisher.publish(note(all.size())));
      }
    }
    assertThat(server.closed(Transport.INGEST, CloseReason.TOKEN_EXPIRED))
        .isGreaterThanOrEqualTo(2);
    List<Long> sequences = all.stream().map(each -> each.join().sequences().getFirst()).toList();
    assertThat(sequences).isEqualTo(LongStream.rangeClosed(1, all.size()).boxed().toList());
    String topic = server.fetch("/v1/topics/thread/1/events?limit=1").body();
    assertThat(Json.number(topic, "last")).isEqualTo(all.size());
  }

  private static Publication note(int n) {
    return Publication.of("thread/1", "note", "{\"n\":" + n + "}");
  }
}
