package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.server.http.RawClient.Answer;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Transports;
import java.util.List;
import org.junit.jupiter.api.Test;

class CorsTest {
  private static final String SAME = "Origin: http://push.test";
  private static final String LISTED = "Origin: https://app.example.com";
  private static final String OTHER = "Origin: https://evil.example.com";

  private static TestServer server(String... origins) {
    Router router =
        new Router(7200)
            .add(HttpMethod.GET, "/a", exchange -> exchange.respondJson(200, "1"))
            .add(HttpMethod.POST, "/a", exchange -> exchange.respondJson(200, "2"));
    return new TestServer(router, List.of(origins), Transports.of("auto"));
  }

  @Test
  void letsListedPagesReadAnswersWithCredentials() {
    try (TestServer server = server("same", "https://app.example.com");
        RawClient client = server.client()) {
      Answer listed = client.get("/a", LISTED);
      assertThat(listed.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example.com");
      assertThat(listed.header("Access-Control-Allow-Credentials")).isEqualTo("true");
      assertThat(listed.header("Vary")).isEqualTo("origin");
      assertThat(client.get("/a", SAME).header("Access-Control-Allow-Origin"))
          .isEqualTo("http://push.test");
      assertThat(client.get("/missing", LISTED).header("Access-Control-Allow-Origin"))
          .isEqualTo("https://app.example.com");
    }
  }

  @Test
  void hidesAnswersFromOtherPagesAndLetsThemChangeNothing() {
    try (TestServer server = server("same", "https://app.example.com");
        RawClient client = server.client()) {
      Answer read = client.get("/a", OTHER);
      assertThat(read.status()).isEqualTo(200);
      assertThat(read.header("Access-Control-Allow-Origin")).isNull();
      assertThat(read.header("Vary")).isEqualTo("origin");
      Answer write = client.request("POST", "/a", OTHER).answer();
      assertThat(write.status()).isEqualTo(403);
      assertThat(write.body()).contains("\"code\":\"forbidden\"");
      assertThat(server.count(Counter.HTTP_ORIGIN_REFUSED)).isEqualTo(1);
      assertThat(client.request("POST", "/a", LISTED).answer().status()).isEqualTo(200);
    }
  }

  @Test
  void letsEveryPageInWithoutCredentialsWhenAnyOriginIsAllowed() {
    try (TestServer server = server("*");
        RawClient client = server.client()) {
      Answer answer = client.request("POST", "/a", OTHER).answer();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("*");
      assertThat(answer.header("Access-Control-Allow-Credentials")).isNull();
    }
  }

  @Test
  void saysNothingAboutOriginsToWhoSendsNone() {
    try (TestServer server = server("same");
        RawClient client = server.client()) {
      Answer answer = client.request("POST", "/a").answer();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
    }
  }

  @Test
  void answersAPreflight() {
    try (TestServer server = server("https://app.example.com");
        RawClient client = server.client()) {
      Answer answer =
          client.request("OPTIONS", "/a", LISTED, "Access-Control-Request-Method: POST").answer();
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.header("Access-Control-Allow-Origin")).isEqualTo("https://app.example.com");
      assertThat(answer.header("Access-Control-Allow-Methods"))
          .isEqualTo("GET, HEAD, POST, OPTIONS");
      assertThat(answer.header("Access-Control-Allow-Headers")).contains("Authorization");
      assertThat(answer.header("Access-Control-Max-Age")).isEqualTo("7200");
      assertThat(answer.header("Content-Length")).isNull();
    }
  }

  @Test
  void allowsTheHeadersThatAPageAsksFor() {
    try (TestServer server = server("https://app.example.com");
        RawClient client = server.client()) {
      Answer answer =
          client
              .request(
                  "OPTIONS",
                  "/a",
                  LISTED,
                  "Access-Control-Request-Method: POST",
                  "Access-Control-Request-Headers: x-mode,x-tenant-id")
              .answer();
      assertThat(answer.header("Access-Control-Allow-Headers"))
          .isEqualTo(
              "Authorization, Content-Type, Last-Event-ID, Idempotency-Key, x-mode,x-tenant-id");
      Answer wrong =
          client
              .request(
                  "OPTIONS",
                  "/a",
                  LISTED,
                  "Access-Control-Request-Method: POST",
                  "Access-Control-Request-Headers: x mode")
              .answer();
      assertThat(wrong.header("Access-Control-Allow-Headers"))
          .isEqualTo("Authorization, Content-Type, Last-Event-ID, Idempotency-Key");
    }
  }

  @Test
  void refusesAPreflightFromAnotherPage() {
    try (TestServer server = server("same");
        RawClient client = server.client()) {
      Answer answer =
          client.request("OPTIONS", "/a", OTHER, "Access-Control-Request-Method: POST").answer();
      assertThat(answer.status()).isEqualTo(403);
      assertThat(answer.header("Access-Control-Allow-Origin")).isNull();
    }
  }
}
