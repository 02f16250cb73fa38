package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.server.http.RawClient.Answer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class RouterTest {
  private final Router router =
      new Router(7200)
          .add(HttpMethod.GET, "/v1/ws", exchange -> say(exchange, "ws"))
          .add(HttpMethod.GET, "/v1/sse", exchange -> say(exchange, "sse"))
          .add(
              HttpMethod.POST,
              "/v1/sse/{connection_id}",
              exchange -> say(exchange, "command " + exchange.pathParameter("connection_id")))
          .add(
              HttpMethod.GET,
              "/v1/topics/{topic...}/events",
              exchange -> say(exchange, "events " + exchange.pathParameter("topic")))
          .add(
              HttpMethod.GET,
              "/v1/topics/{topic...}/presence",
              exchange -> say(exchange, "presence " + exchange.pathParameter("topic")));
  private final TestServer server = new TestServer(router);

  @AfterEach
  void stop() {
    server.close();
  }

  private static void say(Exchange exchange, String what) {
    exchange.respondJson(200, what + exchange.query().all("q"));
  }

  @ParameterizedTest
  @CsvSource({
    "GET,  /v1/ws,                                   ws[]",
    "GET,  /v1/sse?q=b&q=a&x=1&q=,                   'sse[b, a, ]'",
    "GET,  /v1/%73se,                                sse[]",
    "POST, /v1/sse/c-1,                              command c-1[]",
    "POST, /v1/sse/a%2Fb+c,                          command a/b+c[]",
    "GET,  /v1/topics/thread/42/events,              events thread/42[]",
    "GET,  /v1/topics/thread%2F42/events?q=1,        events thread/42[1]",
    "GET,  /v1/topics/a/events,                      events a[]",
    "GET,  /v1/topics/a/events/events,               events a/events[]",
    "GET,  /v1/topics/a/events/presence,             presence a/events[]",
    "GET,  /v1/topics/a/b/c/d/presence,              presence a/b/c/d[]",
  })
  void findsTheEndpoint(String method, String target, String body) {
    try (RawClient client = server.client()) {
      Answer answer = client.request(method, target).answer();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(body);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/",
        "/v1",
        "/v1/ws/",
        "/V1/ws",
        "/v1%2Fws",
        "//v1/ws",
        "/v1/sse/",
        "/v1/sse/a/b",
        "/v1/topics/events",
        "/v1/topics//events",
        "/v1/topics/a",
        "/v1/topics/a/events/",
      })
  void answersNotFoundToOtherPaths(String target) {
    try (RawClient client = server.client()) {
      Answer answer = client.get(target);
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body()).contains("\"code\":\"not_found\"");
      assertThat(client.get("/v1/ws").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/v1/sse?q=%zz",
        "/v1/sse?q=%e",
        "/v1/sse?q=%ff",
        "/v1/sse?q=%00",
        "/v1/topics/%c3/events"
      })
  void refusesTargetsThatAreNotPercentEncodedUtf8(String target) {
    try (RawClient client = server.client()) {
      Answer answer = client.get(target);
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("target: malformed");
      assertThat(client.get("/v1/ws").status()).isEqualTo(200);
    }
  }

  @Test
  void namesTheMethodsThatAPathAllows() {
    try (RawClient client = server.client()) {
      Answer answer = client.request("DELETE", "/v1/ws").answer();
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS");
      assertThat(answer.body()).contains("\"code\":\"method_not_allowed\"");
      Answer options = client.request("OPTIONS", "/v1/sse/x").answer();
      assertThat(options.status()).isEqualTo(204);
      assertThat(options.header("Allow")).isEqualTo("POST, OPTIONS");
    }
  }

  @Test
  void answersHeadWithTheLengthThatGetWouldHave() {
    try (RawClient client = server.client()) {
      Answer answer = client.request("HEAD", "/v1/ws").answerToHead();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Length")).isEqualTo("4");
      assertThat(client.get("/v1/ws").body()).isEqualTo("ws[]");
    }
  }

  @Test
  void refusesRoutesThatAreMalformedOrDouble() {
    assertThatThrownBy(() -> router.add(HttpMethod.GET, "v1", exchange -> {}))
        .hasMessageContaining("expected: begins with /");
    assertThatThrownBy(() -> router.add(HttpMethod.GET, "/{a...}/{b...}", exchange -> {}))
        .hasMessageContaining("expected: one {name...}");
    assertThatThrownBy(() -> router.add(HttpMethod.GET, "/v1/ws", exchange -> {}))
        .hasMessageContaining("expected: once");
  }
}
