package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.Publication;
import io.pushrod.client.Published;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// A server whose logs want more memory than it has.
final class MemoryPressureTest {
  private static final long BUDGET = 4 << 20;
  private static final String PAYLOAD = "{\"text\":\"" + "x".repeat(2_000) + "\"}";

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "memory.budget=4MiB",
          "server.event_loops=2",
          "quotas.connections_per_user=0",
          "quotas.publish_per_second=0");

  private final AtomicInteger topics = new AtomicInteger();

  private HttpResponse<String> publish(String topic, String type) {
    return server.post(
        "/v1/publish",
        "{\"topic\":\"" + topic + "\",\"type\":\"" + type + "\",\"data\":" + PAYLOAD + "}");
  }

  /// Publishes to new topics until one publication is refused.
  private HttpResponse<String> fill() {
    for (int i = 0; i < 20_000; i++) {
      HttpResponse<String> answer = publish("fill/" + topics.getAndIncrement() % 500, "note");
      if (answer.statusCode() != 200) {
        return answer;
      }
    }
    throw new AssertionError("never refused");
  }

  private static String lines(String topic, int count) {
    return ("{\"topic\":\"" + topic + "\",\"type\":\"note\",\"data\":" + PAYLOAD + "}\n")
        .repeat(count);
  }

  /// Publishes as much as there is memory for, in few requests.
  private void press() {
    for (int i = 0; i < 200; i++) {
      String topic = "press/" + topics.getAndIncrement() % 500;
      if (server.postLines(lines(topic, 50)).body().contains("\"overloaded\"")) {
        return;
      }
    }
  }

  private long logBytes() {
    return server.scraped("pushrod_memory_bytes{part=\"logs\"}");
  }

  @Test
  void refusesToPublishWhenItIsFullAndTakesItAgainLater() {
    HttpResponse<String> refused = fill();
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(refused.body()).contains("\"overloaded\"", "\"retryable\":true");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    assertThat(logBytes()).isLessThanOrEqualTo(BUDGET + BUDGET / 100);
    Await.until("room again", () -> publish("later", "note").statusCode() == 200);
    assertThat(server.count(Counter.MEMORY_HIGH) + server.count(Counter.MEMORY_FULL)).isPositive();
  }

  @Test
  void takesLifecycleEventsWhenItIsFull() {
    fill();
    assertThat(publish("run/r1", "run_end").statusCode()).isEqualTo(200);
  }

  @Test
  void tellsReadersWhatItHadToTrim() {
    server.postLines(lines("old", 300));
    Await.until(
        "a reader is told what is gone",
        () -> {
          press();
          return server.fetch("/v1/topics/old/events?after=0").body().contains("\"trimmed\"");
        });
  }

  @Test
  void letsNobodyNewInWhileMemoryIsShortAndSaysSoInEveryForm() {
    Await.until(
        "not ready",
        () -> {
          press();
          return server.send(HttpRequest.newBuilder(server.admin("/readyz")).GET()).statusCode()
              == 503;
        });
    Await.until(
        "an event stream is told to come back",
        () -> {
          press();
          String first = server.sse("topic=t").next().data();
          return first.contains("\"op\":\"close\",\"reason\":\"overloaded\",\"reconnect\":true");
        });
    Await.until(
        "a WebSocket is closed as overloaded",
        () -> {
          press();
          RawWs ws = server.rawWs();
          ws.send("{\"op\":\"ping\",\"id\":1}");
          String text = ws.nextText();
          return (text.contains("welcome") ? ws.nextText() : text)
              .contains("\"reason\":\"overloaded\"");
        });
  }

  @Test
  void holdsPublishersBackAndLosesNothingThatItAcknowledged() throws Exception {
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "p").withToken(server::token);
    List<CompletableFuture<Published>> all = new ArrayList<>();
    try (Publisher publisher = Publisher.start(config)) {
      for (int i = 0; i < 3_000; i++) {
        all.add(
            publisher.publish(
                Publication.of(
                    "held/" + i % 50, "note", PAYLOAD.getBytes(StandardCharsets.UTF_8))));
      }
      for (CompletableFuture<Published> each : all) {
        assertThat(each.get(60, TimeUnit.SECONDS).sequence()).isPositive();
      }
    }
    assertThat(logBytes()).isLessThanOrEqualTo(BUDGET + BUDGET / 100);
    long appended = server.count(Counter.EVENTS_APPENDED);
    assertThat(appended).isEqualTo(3_000);
  }

  @Test
  void boundsTheTopicsOfATenantOnEveryTransport() {
    server.restart("quotas.topics_per_tenant=2");
    assertThat(publish("a", "note").statusCode()).isEqualTo(200);
    assertThat(publish("b", "note").statusCode()).isEqualTo(200);
    HttpResponse<String> third = publish("c", "note");
    assertThat(third.statusCode()).isEqualTo(429);
    assertThat(third.body()).contains("\"topic_quota\"");
    assertThat(third.headers().firstValue("Retry-After")).isPresent();
    assertThat(publish("a", "note").statusCode()).isEqualTo(200);

    WsClient ws = server.ws();
    ws.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"d\"}");
    assertThat(ws.nextReply()).contains("\"topic_quota\"", "\"retryable\":true");

    IngestClient ingest = new IngestClient(server.server().ingestPort());
    ingest.hello(
        "p", 1, server.token("elsewhere", List.of("*"), List.of("*"), Duration.ofHours(1)));
    ingest.welcome();
    ingest.publish(1, IngestClient.event("x", "note", "{}"));
    ingest.publish(2, IngestClient.event("y", "note", "{}"));
    ingest.publish(3, IngestClient.event("z", "note", "{}"));
    List<IngestFrame.Reject> rejects = ingest.settled(3).rejects();
    assertThat(rejects).hasSize(1);
    assertThat(rejects.getFirst().code()).isEqualTo(ErrorCode.TOPIC_QUOTA.number());
    ingest.close();
    assertThat(server.count(Counter.QUOTA_TOPICS)).isGreaterThanOrEqualTo(3);
  }
}
