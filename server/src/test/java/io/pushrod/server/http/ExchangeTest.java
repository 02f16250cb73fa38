package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ExchangeTest {
  private final BlockingQueue<Exchange> seen = new ArrayBlockingQueue<>(16);
  private final CompletableFuture<String> work = new CompletableFuture<>();
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
              })
          .add(
              HttpMethod.GET,
              "/later",
              exchange -> {
                exchange.answerAfter(
                    work,
                    text -> {
                      assertThat(exchange.channel().eventLoop().inEventLoop()).isTrue();
                      exchange.respondJson(200, text);
                    });
                seen.add(exchange);
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
          "Cookie: other=1; pushrod_token=abc.def", "Last-Event-ID: k-1");
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
      assertThat(exchange.cookies()).isEqualTo("other=1; pushrod_token=abc.def");
      assertThat(exchange.header("last-event-id")).isEqualTo("k-1");
      assertThat(exchange.isHttp10()).isFalse();
      assertThat(exchange.remoteAddress()).isNotNull();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, true",
    "localhost:8080, true",
    "127.0.0.1:8080, true",
    "[::1]:8080, true",
    "push.test, false",
    "localhost.evil.example, false",
    "127.0.0.1.evil.example:8080, false",
    "1.2.3, false"
  })
  void tellsAnAddressFromAName(String host, boolean isAddress) throws InterruptedException {
    try (RawClient client = server.client()) {
      client.send(RawClient.head("GET /a%20b HTTP/1.1", "Host: " + host));
      assertThat(seen.take().isByAddress()).isEqualTo(isAddress);
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

  @Test
  void answersFromTheResultOfSomeWork() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.send(RawClient.head("GET /later HTTP/1.1", "Host: push.test"));
      seen.take();
      work.complete("1");
      assertThat(client.answer().body()).isEqualTo("1");
      assertThat(server.count(Counter.INTERNAL_ERRORS)).isZero();
    }
  }

  @Test
  void answersWhatTheWorkWasRefusedFor() {
    work.completeExceptionally(new RequestException(ErrorCode.OVERLOADED, "store: busy"));
    try (RawClient client = server.client()) {
      RawClient.Answer answer = client.get("/later");
      assertThat(answer.status()).isEqualTo(ErrorCode.OVERLOADED.status());
      assertThat(answer.body()).contains("store: busy");
      assertThat(server.count(Counter.INTERNAL_ERRORS)).isZero();
    }
  }

  @Test
  void answersForWorkThatFailedAndSaysNothingOfWhy() {
    work.completeExceptionally(new IllegalStateException("inside"));
    try (RawClient client = server.client()) {
      RawClient.Answer answer = client.get("/later");
      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body()).doesNotContain("inside");
      assertThat(server.count(Counter.INTERNAL_ERRORS)).isEqualTo(1);
    }
  }

  @Test
  void answersForAnAnswerThatThrows() {
    work.complete(null);
    try (RawClient client = server.client()) {
      assertThat(client.get("/later").status()).isEqualTo(500);
      assertThat(server.count(Counter.INTERNAL_ERRORS)).isEqualTo(1);
    }
  }
}
