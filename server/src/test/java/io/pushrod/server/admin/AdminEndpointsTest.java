package io.pushrod.server.admin;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.http.RawClient.Answer;
import io.pushrod.server.http.Router;
import io.pushrod.server.http.TestServer;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AdminEndpointsTest {
  private final AtomicReference<@Nullable String> obstacle = new AtomicReference<>();
  private final Router router = new Router(7200);
  private final TestServer server = new TestServer(router);

  AdminEndpointsTest() {
    new AdminEndpoints(server.registry(), obstacle::get).addTo(router);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void isHealthyWhileItAnswers() {
    try (RawClient client = server.client()) {
      Answer answer = client.get("/healthz");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("ok\n");
    }
  }

  @Test
  void saysWhyItIsNotReady() {
    try (RawClient client = server.client()) {
      assertThat(client.get("/readyz").status()).isEqualTo(200);
      obstacle.set("draining");
      Answer answer = client.get("/readyz");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).isEqualTo("draining\n");
    }
  }

  @Test
  void showsMetricsAsPrometheusText() {
    try (RawClient client = server.client()) {
      Answer answer = client.get("/metrics");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).startsWith("text/plain; version=0.0.4");
      assertThat(answer.body())
          .contains("\npushrod_http_requests_total 1.0\n")
          .contains("\npushrod_connections{transport=\"http\"} 1.0\n");
    }
  }
}
