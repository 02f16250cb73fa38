package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StreamedBodyTest {
  private static final int LIMIT = 4 * 1024 * 1024;
  private static final BodyLimit LIMITS =
      new BodyLimit(LIMIT, TimeUnit.SECONDS.toNanos(60), Counter.LIMIT_OUTBOX_BYTES);

  private final AtomicLong bytes = new AtomicLong();
  private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
  private final BlockingQueue<Exchange> paused = new LinkedBlockingQueue<>();

  private final TestServer server =
      new TestServer(
          new Router(0)
              .add(HttpMethod.POST, "/take", taking(false))
              .add(HttpMethod.POST, "/pause", taking(true))
              .add(HttpMethod.POST, "/later", later())
              .add(HttpMethod.POST, "/never", never())
              .add(HttpMethod.POST, "/throw", throwing())
              .add(
                  HttpMethod.POST, "/whole", e -> e.respondJson(200, "" + e.body().readableBytes()))
              .add(HttpMethod.GET, "/ping", exchange -> exchange.respondJson(200, "{}")));

  private StreamingEndpoint taking(boolean pausing) {
    return exchange -> exchange.receive(LIMITS, new Sink(exchange, pausing));
  }

  private StreamingEndpoint later() {
    return exchange ->
        exchange
            .channel()
            .eventLoop()
            .execute(() -> exchange.receive(LIMITS, new Sink(exchange, false)));
  }

  private static StreamingEndpoint never() {
    return exchange -> {
      throw new RequestException(ErrorCode.FORBIDDEN, "nobody: may");
    };
  }

  private StreamingEndpoint throwing() {
    return exchange ->
        exchange.receive(
            LIMITS,
            new Sink(exchange, false) {
              @Override
              public boolean onPiece(ByteBuf piece) {
                throw new RequestException(ErrorCode.BAD_REQUEST, "piece: bad");
              }
            });
  }

  private class Sink implements BodySink {
    private final Exchange exchange;
    private final boolean pausing;

    Sink(Exchange exchange, boolean pausing) {
      this.exchange = exchange;
      this.pausing = pausing;
    }

    @Override
    public boolean onPiece(ByteBuf piece) {
      bytes.addAndGet(piece.readableBytes());
      if (pausing) {
        paused.add(exchange);
      }
      return !pausing;
    }

    @Override
    public void onEnd() {
      exchange.respondJson(200, "" + bytes.get());
    }

    @Override
    public void onAbort() {
      told.add("abort");
    }
  }

  @AfterEach
  void stop() {
    server.close();
  }

  private static String announced(int length) {
    return "Content-Length: " + length;
  }

  private void awaitAbort() throws InterruptedException {
    assertThat(told.poll(10, TimeUnit.SECONDS)).isEqualTo("abort");
    assertThat(told).isEmpty();
  }

  @Test
  void isTakenBeyondTheBoundOfOtherBodiesAndLeavesTheConnectionOpen() {
    try (RawClient client = server.client()) {
      client.request("POST", "/take", announced(300_000)).send("x".repeat(300_000));
      assertThat(client.answer().body()).isEqualTo("300000");
      bytes.set(0);
      client.request("POST", "/later", "Transfer-Encoding: chunked");
      client.send("5\r\nabcde\r\n3;x=y\r\nfgh\r\n0\r\n\r\n");
      assertThat(client.answer().body()).isEqualTo("8");
      assertThat(client.request("POST", "/whole", announced(3)).send("abc").answer().body())
          .isEqualTo("3");
    }
  }

  @Test
  void mayBeEmpty() {
    try (RawClient client = server.client()) {
      assertThat(client.request("POST", "/take").answer().body()).isEqualTo("0");
      client.request("POST", "/take", "Transfer-Encoding: chunked").send("0\r\n\r\n");
      assertThat(client.answer().body()).isEqualTo("0");
    }
  }

  @Test
  void isReadOnlyAsFastAsItIsTaken() throws InterruptedException {
    try (RawClient client = server.client();
        RawClient other = server.client()) {
      String body = "x".repeat(200_000);
      client.request("POST", "/pause", announced(body.length())).send(body);
      client.request("GET", "/ping");
      Exchange exchange = paused.take();
      // By the second answer the loop has had a turn in which more could have been read.
      other.get("/ping");
      other.get("/ping");
      assertThat(bytes.get()).isLessThan(body.length());
      assertThat(paused).isEmpty();
      while (bytes.get() < body.length()) {
        server.onLoop(() -> resumed(exchange));
        assertThat(paused.poll(10, TimeUnit.SECONDS)).isNotNull();
      }
      server.onLoop(() -> resumed(exchange));
      assertThat(client.answer().body()).isEqualTo("200000");
      assertThat(client.answer().body()).isEqualTo("{}");
    }
  }

  private static long resumed(Exchange exchange) {
    exchange.resumeBody();
    return 0;
  }

  @Test
  void isRefusedBeforeItIsSentWhereItsLengthSaysSo() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("POST", "/take", announced(LIMIT + 1), "Expect: 100-continue");
      assertThat(client.answer().status()).isEqualTo(413);
      assertThat(client.isClosedByServer()).isTrue();
    }
    awaitAbort();
    assertThat(server.count(Counter.LIMIT_OUTBOX_BYTES)).isEqualTo(1);
  }

  @Test
  void isRefusedWhenItGrowsTooLong() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("POST", "/take", "Transfer-Encoding: chunked");
      client.send(Integer.toHexString(LIMIT + 1) + "\r\n" + "x".repeat(LIMIT + 1));
      assertThat(client.answer().status()).isEqualTo(413);
      assertThat(client.isClosedByServer()).isTrue();
    }
    awaitAbort();
  }

  @Test
  void isAskedForOnlyWhenItIsWanted() {
    try (RawClient client = server.client()) {
      client.request("POST", "/later", announced(3), "Expect: 100-continue");
      assertThat(client.answerToHead().status()).isEqualTo(100);
      assertThat(client.send("abc").answer().body()).isEqualTo("3");
      client.request("POST", "/never", announced(3), "Expect: 100-continue");
      RawClient.Answer refusal = client.answer();
      assertThat(refusal.status()).isEqualTo(403);
      assertThat(refusal.header("connection")).isEqualTo("close");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void tellsItsSinkThatTheClientHasGone() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("POST", "/take", announced(10)).send("abc");
    }
    awaitAbort();
    try (RawClient client = server.client()) {
      client.request("POST", "/take", announced(10)).send("abc").reset();
    }
    awaitAbort();
  }

  @Test
  void tellsItsSinkThatItsChunksAreMalformed() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("POST", "/take", "Transfer-Encoding: chunked").send("zz\r\n");
      assertThat(client.answer().status()).isEqualTo(400);
    }
    awaitAbort();
  }

  @Test
  void isAnsweredByWhatItsSinkThrows() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("POST", "/throw", announced(10)).send("abc");
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(400);
      assertThat(answer.body()).contains("piece: bad");
      assertThat(client.isClosedByServer()).isTrue();
    }
    awaitAbort();
  }

  @Test
  void timesOutWhenNothingComes() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("POST", "/take", announced(10)).send("abc");
      awaitBytes(3);
      server.advanceSeconds(19);
      client.send("d");
      awaitBytes(4);
      server.advanceSeconds(19);
      assertThat(told).isEmpty();
      server.advanceSeconds(1);
      assertThat(client.answer().status()).isEqualTo(408);
    }
    awaitAbort();
    server.awaitAllClosed();
    assertThat(server.closes(CloseReason.HANDSHAKE_TIMEOUT)).isEqualTo(1);
  }

  @Test
  void timesOutWhenItDripsForTooLong() throws InterruptedException {
    try (RawClient client = server.client()) {
      client.request("POST", "/take", announced(10));
      for (int i = 1; i <= 4; i++) {
        client.send("x");
        awaitBytes(i);
        server.advanceSeconds(15);
      }
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(408);
      assertThat(answer.body()).contains("within 60000 ms");
    }
    awaitAbort();
  }

  private void awaitBytes(long count) {
    io.pushrod.server.support.Await.until(count + " bytes", () -> bytes.get() >= count);
  }
}
