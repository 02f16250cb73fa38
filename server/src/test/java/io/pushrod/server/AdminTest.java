package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

final class AdminTest {
  @RegisterExtension final RunningServer server = new RunningServer();

  private HttpResponse<String> admin(String path) {
    return server.send(HttpRequest.newBuilder(server.admin(path)));
  }

  @Test
  void saysThatItIsAliveAndReady() {
    assertThat(admin("/healthz").body()).isEqualTo("ok\n");
    assertThat(admin("/readyz").statusCode()).isEqualTo(200);
    assertThat(admin("/readyz").body()).isEqualTo("ready\n");
    assertThat(admin("/v1/publish").statusCode()).isEqualTo(404);
  }

  @Test
  void showsNothingOfItOnThePublicPort() {
    assertThat(server.fetch("/metrics").statusCode()).isEqualTo(404);
    assertThat(server.fetch("/healthz").statusCode()).isEqualTo(404);
  }

  @Test
  void hasEveryCounterFromTheFirstScrapeOn() {
    Map<String, String> metrics = server.scrape();
    for (Counter counter : Counter.values()) {
      String labels =
          counter.labelName() == null
              ? ""
              : "{" + counter.labelName() + "=\"" + counter.labelValue() + "\"}";
      assertThat(metrics).containsKey(counter.metric() + labels);
    }
    for (Transport transport : Transport.values()) {
      for (CloseReason reason : CloseReason.values()) {
        assertThat(server.closed(transport, reason)).isNotNegative();
      }
    }
    for (ErrorCode code : ErrorCode.values()) {
      assertThat(metrics)
          .containsKeys(
              "pushrod_publish_rejected_total{code=\"" + code.label() + "\"}",
              "pushrod_http_errors_total{code=\"" + code.label() + "\"}");
    }
  }

  @Test
  void countsThePathOfAnEvent() {
    WsClient client = server.ws();
    client.subscribe("t", "");
    for (int i = 0; i < 5; i++) {
      server.publish("t", "note", "{}");
      client.nextEvent();
    }
    Await.until("5 flushes", () -> server.scraped("pushrod_publish_to_flush_seconds_count") == 5);
    Map<String, String> metrics = server.scrape();
    assertThat(Double.parseDouble(metrics.get("pushrod_publish_to_flush_seconds_sum")))
        .isBetween(0.0, 10.0);
    assertThat(server.scraped("pushrod_publish_to_flush_seconds_bucket{le=\"+Inf\"}")).isEqualTo(5);
    assertThat(server.scraped("pushrod_events_appended_total")).isEqualTo(5);
    assertThat(server.scraped("pushrod_deliveries_total")).isEqualTo(5);
    assertThat(server.scraped("pushrod_topics")).isEqualTo(1);
    assertThat(server.scraped("pushrod_subscriptions_opened_total")).isEqualTo(1);
    assertThat(server.scraped("pushrod_log_bytes")).isPositive();
    assertThat(server.scraped("pushrod_internal_errors_total")).isZero();
  }

  @Test
  void countsTheConnectionsThatAreOpen() {
    WsClient client = server.ws();
    server.sse("topic=t").next();
    assertThat(server.scraped("pushrod_connections{transport=\"websocket\"}")).isEqualTo(1);
    assertThat(server.scraped("pushrod_connections{transport=\"sse\"}")).isEqualTo(1);
    client.cut();
    Await.until(
        "no WebSocket", () -> server.scraped("pushrod_connections{transport=\"websocket\"}") == 0);
    assertThat(server.scraped("pushrod_connections_opened_total{transport=\"websocket\"}"))
        .isEqualTo(1);
  }
}
