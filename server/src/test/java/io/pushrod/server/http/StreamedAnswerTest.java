package io.pushrod.server.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.CloseReason;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class StreamedAnswerTest {
  private static final int SMALL_BUFFER = 4 * 1024;
  private static final int MANY = 2_000;

  private final AtomicInteger pieces = new AtomicInteger();
  private final TestServer server =
      new TestServer(
          new Router(0)
              .add(HttpMethod.GET, "/few", exchange -> exchange.streamJson(200, source(3)))
              .add(HttpMethod.GET, "/many", exchange -> exchange.streamJson(200, source(MANY)))
              .add(HttpMethod.GET, "/ping", exchange -> exchange.respondJson(200, "{}")));

  /// So many pieces, each of which says which one it is.
  private BodySource source(int count) {
    return out -> {
      int piece = pieces.incrementAndGet();
      ByteBufUtil.writeAscii(out, "%06d".formatted(piece));
      out.writeZero(BodySource.PIECE_BYTES - 6);
      return piece < count;
    };
  }

  private static String first(int piece, String body) {
    int at = (piece - 1) * BodySource.PIECE_BYTES;
    return body.substring(at, at + 6);
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void comesInChunksAndLeavesTheConnectionOpen() {
    try (RawClient client = server.client()) {
      RawClient.Answer answer = client.get("/few");
      assertThat(answer.header("transfer-encoding")).isEqualTo("chunked");
      assertThat(answer.header("content-length")).isNull();
      assertThat(answer.body()).hasSize(3 * BodySource.PIECE_BYTES);
      assertThat(first(3, answer.body())).isEqualTo("000003");
      assertThat(client.get("/ping").body()).isEqualTo("{}");
    }
  }

  @Test
  void asksForNothingBehindTheLastPiece() {
    try (RawClient client = server.client()) {
      client.get("/few");
      client.get("/ping");
    }
    assertThat(pieces).hasValue(3);
  }

  @Test
  void endsWithTheConnectionForAPeerThatKnowsNoChunks() {
    try (RawClient client = server.client()) {
      client.send(RawClient.head("GET /few HTTP/1.0", "Host: push.test", "Connection: keep-alive"));
      RawClient.Answer answer = client.answer();
      assertThat(answer.header("transfer-encoding")).isNull();
      assertThat(client.text(3 * BodySource.PIECE_BYTES)).endsWith("\0");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void makesNothingForAHeadRequest() {
    try (RawClient client = server.client()) {
      assertThat(client.request("HEAD", "/few").answerToHead().status()).isEqualTo(200);
      assertThat(client.get("/ping").status()).isEqualTo(200);
    }
    assertThat(pieces).hasValue(0);
  }

  @Test
  void makesNoMoreThanThePeerTakes() {
    try (RawClient slow = server.client(SMALL_BUFFER);
        RawClient other = server.client()) {
      slow.request("GET", "/many");
      // By the second answer the loop has had a turn in which nothing of the first was taken.
      other.get("/ping");
      other.get("/ping");
      assertThat(pieces.get()).isBetween(1, MANY / 4);
      RawClient.Answer answer = slow.answer();
      assertThat(answer.body()).hasSize(MANY * BodySource.PIECE_BYTES);
      assertThat(first(MANY, answer.body())).isEqualTo("002000");
    }
  }

  @Test
  void answersWhatWasPipelinedBehindIt() {
    try (RawClient client = server.client()) {
      client.request("GET", "/few").request("GET", "/ping");
      assertThat(client.answer().body()).hasSize(3 * BodySource.PIECE_BYTES);
      assertThat(client.answer().body()).isEqualTo("{}");
    }
  }

  @Test
  void endsAConnectionThatTakesNothingForTooLong() {
    try (RawClient slow = server.client(SMALL_BUFFER);
        RawClient other = server.client()) {
      slow.request("GET", "/many");
      other.get("/ping");
      server.advanceSeconds(61);
      assertThat(server.closes(CloseReason.WRITE_TIMEOUT)).isEqualTo(1);
    }
  }

  @Test
  void stopsWhenThePeerIsGone() {
    try (RawClient client = server.client(SMALL_BUFFER)) {
      client.request("GET", "/many");
      client.text(10);
      client.reset();
    }
    server.awaitAllClosed();
    assertThat(pieces.get()).isLessThan(MANY);
  }
}
