package io.pushrod.server.http;

import static io.pushrod.server.http.RawClient.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.http.RawClient.Answer;
import io.pushrod.server.metrics.Counter;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HttpListenerTest {
  private final BlockingQueue<Exchange> parked = new ArrayBlockingQueue<>(16);
  private final Router router =
      new Router(7200)
          .add(
              HttpMethod.GET,
              "/echo",
              e -> e.respondJson(200, "\"" + e.query().first("say") + "\""))
          .add(
              HttpMethod.POST,
              "/echo",
              e -> e.respond(200, "text/plain", e.body().retainedDuplicate()))
          .add(
              HttpMethod.GET,
              "/large",
              e -> e.respond(200, "text/plain", Unpooled.wrappedBuffer(new byte[1 << 20])))
          .add(HttpMethod.GET, "/late", parked::add)
          .add(HttpMethod.GET, "/take", this::take)
          .add(
              HttpMethod.GET,
              "/refused",
              e -> {
                throw new RequestException(
                    ErrorCode.BAD_CURSOR, "after: \"x\" (expected: a cursor)");
              })
          .add(
              HttpMethod.GET,
              "/broken",
              e -> {
                throw new IllegalStateException("a bug, on purpose");
              });
  private final TestServer server = new TestServer(router);

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void answersOneRequestAfterTheOtherOnOneConnection() {
    try (RawClient client = server.client()) {
      assertThat(client.get("/echo?say=one").body()).isEqualTo("\"one\"");
      Answer answer = client.get("/echo?say=two%20words+more");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("\"two words more\"");
      assertThat(answer.header("Content-Type")).isEqualTo("application/json");
      assertThat(answer.header("Date")).isEqualTo("Thu, 01 Jan 1970 00:00:00 GMT");
    }
    server.awaitAllClosed();
    assertThat(server.count(Counter.HTTP_REQUESTS)).isEqualTo(2);
    assertThat(server.deadlines().size()).isZero();
  }

  @Test
  void answersPipelinedRequestsInOrderThoughTheFirstIsLate() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.send(
          head("GET /late HTTP/1.1", "Host: a")
              + head("GET /echo?say=second HTTP/1.1", "Host: a")
              + head("POST /echo HTTP/1.1", "Host: a", "Content-Length: 5")
              + "third");
      Exchange late = parked.take();
      assertThat(server.count(Counter.HTTP_REQUESTS)).isEqualTo(1);
      late.channel().eventLoop().execute(() -> late.respondJson(200, "1"));
      assertThat(client.answer().body()).isEqualTo("1");
      assertThat(client.answer().body()).isEqualTo("\"second\"");
      assertThat(client.answer().body()).isEqualTo("third");
    }
  }

  @Test
  void givesOtherConnectionsATurnAmongManyPipelinedRequests() {
    try (RawClient client = server.client()) {
      StringBuilder many = new StringBuilder();
      for (int i = 0; i < 50; i++) {
        many.append(head("GET /echo?say=" + i + " HTTP/1.1", "Host: a"));
      }
      client.send(many.toString());
      for (int i = 0; i < 50; i++) {
        assertThat(client.answer().body()).isEqualTo("\"" + i + "\"");
      }
      assertThat(server.count(Counter.LIMIT_PIPELINED_REQUESTS)).isPositive();
    }
  }

  @Test
  void readsNothingMoreWhileAnAnswerIsOutstanding() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("GET", "/late");
      Exchange late = parked.take();
      client.request("GET", "/echo?say=after");
      assertThat(server.count(Counter.HTTP_REQUESTS)).isEqualTo(1);
      late.channel().eventLoop().execute(() -> late.respondJson(200, "1"));
      assertThat(client.answer().body()).isEqualTo("1");
      assertThat(client.answer().body()).isEqualTo("\"after\"");
    }
  }

  @Test
  void forgetsAnAnswerWhosePeerHasGone() throws InterruptedException {
    Exchange late;
    try (RawClient client = server.client()) {
      client.request("GET", "/late");
      late = parked.take();
    }
    late.channel().closeFuture().syncUninterruptibly();
    ByteBuf json = Unpooled.buffer().writeByte('1');
    server.onLoop(
        () -> {
          late.respondJson(200, json);
          return 0L;
        });
    assertThat(json.refCnt()).isZero();
  }

  @Test
  void givesTheBytesBehindARequestToWhoTakesOver() {
    try (RawClient client = server.client()) {
      client.send(head("GET /take HTTP/1.1", "Host: a") + "left\0over");
      assertThat(client.text(9)).isEqualTo("left\0over");
      client.send("GET /echo HTTP/1.1\r\n");
      assertThat(client.text(20)).isEqualTo("GET /echo HTTP/1.1\r\n");
    }
    server.awaitAllClosed();
    assertThat(server.deadlines().size()).isZero();
  }

  @Test
  void givesTheBytesThatCameMeanwhileToWhoTakesOverLate() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.send(head("GET /late HTTP/1.1", "Host: a") + "left\0");
      Exchange late = parked.take();
      client.send("over");
      late.channel().eventLoop().execute(() -> take(late));
      assertThat(client.text(9)).isEqualTo("left\0over");
      assertThat(client.send("more").text(4)).isEqualTo("more");
    }
    server.awaitAllClosed();
  }

  @Test
  void handlesNoMoreOfAPeerThatReadsNoAnswers() {
    try (RawClient client = server.client(4096)) {
      client.send(head("GET /large HTTP/1.1", "Host: a").repeat(200));
      server.awaitBytes(1);
      server.advanceSeconds(60);
      server.awaitAllClosed();
    }
    assertThat(server.count(Counter.HTTP_REQUESTS)).isEqualTo(1);
    assertThat(server.closes(CloseReason.WRITE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void goesOnOnceAPeerReadsItsAnswers() {
    try (RawClient client = server.client()) {
      client.send(head("GET /large HTTP/1.1", "Host: a").repeat(30));
      for (int i = 0; i < 30; i++) {
        assertThat(client.answer().body()).hasSize(1 << 20);
      }
    }
  }

  @Test
  void countsAPeerThatResets() {
    try (RawClient client = server.client()) {
      client.request("GET", "/late");
      server.awaitBytes(1);
      client.reset();
    }
    server.awaitAllClosed();
    assertThat(server.count(Counter.PEER_RESETS)).isEqualTo(1);
  }

  @Test
  void answersWhatAnEndpointThrows() {
    try (RawClient client = server.client()) {
      Answer refused = client.get("/refused");
      assertThat(refused.status()).isEqualTo(400);
      assertThat(refused.body())
          .isEqualTo(
              "{\"error\":{\"code\":\"bad_cursor\",\"message\":\"after: \\\"x\\\" (expected: a cursor)\","
                  + "\"retryable\":false}}");
      Answer broken = client.get("/broken");
      assertThat(broken.status()).isEqualTo(500);
      assertThat(broken.body()).contains("\"code\":\"internal\"").doesNotContain("on purpose");
      assertThat(client.get("/echo?say=alive").status()).isEqualTo(200);
      assertThat(server.count(Counter.INTERNAL_ERRORS)).isEqualTo(1);
    }
  }

  private void take(Exchange exchange) {
    ByteBuf unparsed =
        exchange.takeOver(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelRead(ChannelHandlerContext ctx, Object message) {
                ctx.writeAndFlush(message).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
              }
            });
    assertThat(exchange.channel().pipeline().toMap().values())
        .hasSize(2)
        .hasOnlyElementsOfTypes(PipelineWatch.class, ChannelInboundHandlerAdapter.class);
    exchange.channel().writeAndFlush(unparsed).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
  }
}
