package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.server.metrics.Counter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExchangeTest {
  private final BlockingQueue<Exchange> seen = new ArrayBlockingQueue<>(16);
  private final Router router =
      new Router(7200)
          .add(
              HttpMethod.GET,
              "/a b",
              exchange -> {
                seen.add(exchange);
                exchange.respondEmpty(204);
              })
          .add(
              HttpMethod.GET,
              "/twice",
              exchange -> {
                exchange.respondJson(200, "1");
                exchange.respondJson(200, "2");
              });
  private final TestServer server = new TestServer(router);

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void tellsWhatTheRequestSaid() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.get(
          "/a%20b?topic=a&after=x%2By&topic=b&flag",
          "Cookie: other=1; pushrod_token=abc.def; pushrod_token=late",
          "Cookie: more=2",
          "Last-Event-ID: k-1");
      Exchange exchange = seen.take();
      assertThat(exchange.path()).isEqualTo("/a b");
      assertThat(exchange.rawPath()).isEqualTo("/a%20b");
      assertThat(exchange.query().all("topic")).containsExactly("a", "b");
      assertThat(exchange.query().first("after")).isEqualTo("x+y");
      assertThat(exchange.query().first("flag")).isEmpty();
      assertThat(exchange.query().first("none")).isNull();
      assertThat(exchange.query().parameters())
          .extracting(Query.Parameter::name)
          .containsExactly("topic", "after", "topic", "flag");
      assertThat(exchange.cookie("pushrod_token")).isEqualTo("abc.def");
      assertThat(exchange.cookie("more")).isEqualTo("2");
      assertThat(exchange.cookie("none")).isNull();
      assertThat(exchange.header("last-event-id")).isEqualTo("k-1");
      assertThat(exchange.isHttp10()).isFalse();
      assertThat(exchange.remoteAddress()).isNotNull();
    }
  }

  @Test
  void endsTheConnectionOfAnEndpointThatAnswersTwice() {
    try (RawClient client = server.client()) {
      assertThat(client.get("/twice").body()).isEqualTo("1");
      assertThat(client.isClosedByServer()).isTrue();
      assertThat(server.count(Counter.INTERNAL_ERRORS)).isEqualTo(1);
    }
  }
}
