package io.pushrod.server.http;

import static io.pushrod.server.http.RawClient.head;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.handler.codec.http.HttpMethod;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.http.RawClient.Answer;
import io.pushrod.server.metrics.Counter;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MalformedRequestTest {
  private final AtomicInteger handled = new AtomicInteger();
  private final Router router =
      new Router(7200).add(HttpMethod.GET, "/", this::count).add(HttpMethod.POST, "/", this::count);
  private final TestServer server = new TestServer(router);

  @AfterEach
  void stop() {
    server.close();
  }

  private void count(Exchange exchange) {
    handled.incrementAndGet();
    exchange.respondJson(200, Integer.toString(exchange.body().readableBytes()));
  }

  private void refuses(String bytes, int status, Counter counter, CloseReason reason) {
    try (RawClient client = server.client()) {
      Answer answer = client.send(bytes).answer();
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.header("Connection")).isEqualTo("close");
      assertThat(answer.header("Content-Type")).isEqualTo("application/json");
      assertThat(answer.body())
          .startsWith("{\"error\":{\"code\":\"")
          .endsWith("\"retryable\":false}}");
      assertThat(client.isClosedByServer()).isTrue();
    }
    server.awaitAllClosed();
    assertThat(handled).hasValue(0);
    assertThat(server.count(counter)).isEqualTo(1);
    assertThat(server.closes(reason)).isEqualTo(1);
  }

  private void refuses(String bytes, Counter counter) {
    refuses(bytes, 400, counter, CloseReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "\u0016\u0003\u0001\u0002\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost : a\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nX: a\u0000b\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n",
      })
  void refusesWhatIsNotAnHttpRequest(String bytes) {
    refuses(bytes, Counter.HTTP_BAD_HEAD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET  / HTTP/1.1",
        "GET /  HTTP/1.1",
        "GET\t/ HTTP/1.1",
        "GET /\tHTTP/1.1",
        "GET / HTTP/1.1 ",
        " GET / HTTP/1.1",
        "GET HTTP/1.1",
        "G(T / HTTP/1.1",
        "GET / http/1.1",
        "GET / HTTP/1",
        "GET / HTTP/1.",
        "GET / HTTP/1.10",
        "GET / HTTP/01.1",
        "GET / HTTP/ 1.1",
        "GET / HTTPS/1.1",
        "GET / HTTP/1.1\rX: y",
        "GET / HTTP/1.1\nX: y",
        "GET /a\u0001b HTTP/1.1",
        "GET /\u0000 HTTP/1.1",
      })
  void refusesARequestLineThatTwoParsersCouldSplitDifferently(String line) {
    refuses(head(line, "Host: a"), Counter.HTTP_BAD_HEAD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "X: a\r\n b",
        "X: a\r\n\tb",
        "X:\r\n a",
        "Transfer-Encoding:\r\n chunked",
        " X: a",
        "\tX: a",
        " ",
        ": a",
        "X",
        "X : a",
        "X\t: a",
        "X(: a",
        "X[a: b",
        "X\u00e9: a",
        "X: a\rb",
        "X: a\nY: b",
        "X: a\u0001b",
        "X: a\u007fb",
        "Transfer-Encoding:\u000bchunked",
        "Transfer-Encoding: chunked\u0000",
      })
  void refusesHeaderLinesThatTwoParsersCouldReadDifferently(String line) {
    refuses(head("POST / HTTP/1.1", "Host: a", line), Counter.HTTP_BAD_HEAD);
  }

  @Test
  void refusesWhitespaceBeforeTheFirstHeader() {
    refuses(head("GET / HTTP/1.1", " Host: a"), Counter.HTTP_BAD_HEAD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "5, 5",
        "5, 5, 5",
        "+5",
        "-0",
        "5 5",
        "0x5",
        "0o5",
        "5_",
        "",
        "99999999999999999999"
      })
  void refusesALengthThatIsNoNumber(String length) {
    refuses(head("POST / HTTP/1.1", "Host: a", "Content-Length: " + length), Counter.HTTP_BAD_HEAD);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost:\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a@b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:65536\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:99999999999\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a:1:2\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: :80\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: []\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: [::1]80\r\n\r\n",
      })
  void refusesAHostThatIsMissingDoubleOrMalformed(String bytes) {
    refuses(bytes, Counter.HTTP_BAD_HOST);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a", "a:", "a:65535", "A-b.c", "127.0.0.1:1", "[::1]", "[::1]:443"})
  void takesHosts(String host) {
    try (RawClient client = server.client()) {
      assertThat(client.send(head("GET / HTTP/1.1", "Host: " + host)).answer().status())
          .isEqualTo(200);
      client.send(head("GET http://" + host + "/ HTTP/1.1", "Host: " + host));
      assertThat(client.answer().status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET * HTTP/1.1",
        "GET a:80 HTTP/1.1",
        "CONNECT a HTTP/1.1",
        "CONNECT a:80 HTTP/1.1",
        "CONNECT / HTTP/1.1",
        "GET http://b/ HTTP/1.1",
        "GET http://a:80/ HTTP/1.1",
        "GET http://a@a/ HTTP/1.1",
        "GET http:/// HTTP/1.1",
      })
  void refusesTargetsOfAnotherFormOrHost(String line) {
    refuses(head(line, "Host: a"), Counter.HTTP_BAD_TARGET);
  }

  @Test
  void refusesAnOldAbsoluteTargetWithoutAHost() {
    refuses(head("GET http://b@c/ HTTP/1.0"), Counter.HTTP_BAD_TARGET);
  }

  @ParameterizedTest
  @ValueSource(strings = {"get", "FOO", "TRACE", "DELETE"})
  void tellsTheMethodsOfAPathToWhoAsksForAnother(String method) {
    try (RawClient client = server.client()) {
      Answer answer = client.request(method, "/").answer();
      assertThat(answer.status()).isEqualTo(405);
      assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, POST, OPTIONS");
    }
  }

  @Test
  void tellsTheMethodsOfAllPaths() {
    try (RawClient client = server.client()) {
      Answer answer = client.request("OPTIONS", "*").answer();
      assertThat(answer.status()).isEqualTo(204);
      assertThat(answer.header("Allow")).isEqualTo("GET, HEAD, OPTIONS, POST");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\nabc",
        "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip\r\n\r\n",
        "Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: , chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked,\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: chunked;a=b\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding:\r\n\r\n",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: identity\r\n\r\n",
        "Sec-WebSocket-Key1: a\r\nSec-WebSocket-Key2: b\r\n\r\n12345678",
      })
  void refusesABodyThatTwoParsersCouldEndDifferently(String rest) {
    refuses("POST / HTTP/1.1\r\nHost: a\r\n" + rest, Counter.HTTP_BAD_FRAMING);
  }

  @Test
  void refusesChunksFromAnHttp10Peer() {
    refuses(
        head("POST / HTTP/1.0", "Transfer-Encoding: chunked") + "0\r\n\r\n",
        Counter.HTTP_BAD_FRAMING);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "zz\r\n",
        "3\r\nabcde",
        "3\r\nabc0\r\n\r\n",
        "3\r\nabc\n0\r\n\r\n",
        "3\nabc\r\n",
        "-1\r\n",
        "+1\r\n",
        "0x1\r\n",
        "1g\r\n",
        "1_0\r\n",
        " 1\r\n",
        "1 \r\n",
        "1\t\r\n",
        "\r\n",
        "FFFFFFFFFFFFFFFFF\r\n",
        "1;\r\n",
        "1;;a\r\n",
        "1;a=\r\n",
        "1;a b\r\n",
        "1;a[=x\r\n",
        "1;a=\"b\r\n",
        "1;a=\"b\"c\r\n",
        "1;a=\"b\\\r\n",
        "1;\u0000a\r\n",
        "1;x\ny\r\n",
        "1;x\ry\r\n",
        "0\n\n",
        "0\r\n\n",
        "0\r\nX y\r\n\r\n",
        "0\r\nX : y\r\n\r\n",
        "0\r\n X: y\r\n\r\n",
        "0\r\nX: y\r\n z\r\n\r\n",
        "0\r\nX: y\nZ: a\r\n\r\n",
        "0\r\nX: y\u0000\r\n\r\n",
      })
  void refusesBrokenChunks(String chunks) {
    refuses(
        head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + chunks,
        Counter.HTTP_BAD_BODY);
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP/1.2", "HTTP/2.0", "HTTP/0.9"})
  void refusesOtherVersions(String version) {
    refuses(
        head("GET / " + version, "Host: a"),
        505,
        Counter.HTTP_BAD_VERSION,
        CloseReason.PROTOCOL_ERROR);
  }

  @ParameterizedTest
  @ValueSource(strings = {"echo", "ftp://a/", "/a#b", "/\u00e9"})
  void refusesTargetsThatAreNoPath(String target) {
    refuses(head("GET " + target + " HTTP/1.1", "Host: a"), Counter.HTTP_BAD_TARGET);
  }

  @Test
  void refusesExpectationsOtherThanContinue() {
    refuses(
        head("GET / HTTP/1.1", "Host: a", "Expect: miracles"),
        417,
        Counter.HTTP_BAD_EXPECT,
        CloseReason.PROTOCOL_ERROR);
  }

  @Test
  void refusesALongRequestLine() {
    refuses(
        head("GET /" + "a".repeat(300) + " HTTP/1.1", "Host: a"),
        414,
        Counter.LIMIT_HEADER_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesLongHeadersWhileTheyStillCome() {
    refuses(
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(600),
        431,
        Counter.LIMIT_HEADER_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesManyHeaders() {
    refuses(
        "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(200) + "\r\n",
        431,
        Counter.LIMIT_HEADER_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesMoreHeadersThanTheLimitThoughTheyAreShort() {
    refuses(
        "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(20) + "\r\n",
        431,
        Counter.LIMIT_HEADERS,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesAHeaderOfAMegabyteAndKeepsNothingOfIt() {
    refuses(
        "GET / HTTP/1.1\r\nHost: a\r\nX: " + "a".repeat(1 << 20) + "\r\n\r\n",
        431,
        Counter.LIMIT_HEADER_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesARequestLineOfAMegabyteAndKeepsNothingOfIt() {
    refuses(
        "GET /" + "a".repeat(1 << 20) + " HTTP/1.1\r\nHost: a\r\n\r\n",
        414,
        Counter.LIMIT_HEADER_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesABodyThatIsAnnouncedTooLongBeforeItComes() {
    refuses(
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 1025"),
        413,
        Counter.LIMIT_PUBLISH_BODY_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesABodyThatIsAnnouncedEndless() {
    refuses(
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 9223372036854775807"),
        413,
        Counter.LIMIT_PUBLISH_BODY_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesInsteadOfAskingForABodyThatIsTooLong() {
    refuses(
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 1025", "Expect: 100-continue"),
        413,
        Counter.LIMIT_PUBLISH_BODY_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void deliversTheAnswerThoughTheBodyGoesOnForMegabytes() {
    refuses(
        head("POST / HTTP/1.1", "Host: a", "Content-Length: 4000000") + "x".repeat(4_000_000),
        413,
        Counter.LIMIT_PUBLISH_BODY_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void refusesChunksThatAddUpToTooMuch() {
    String chunk = "200\r\n" + "x".repeat(512) + "\r\n";
    refuses(
        head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + chunk + chunk + "1\r\nx",
        413,
        Counter.LIMIT_PUBLISH_BODY_BYTES,
        CloseReason.FRAME_TOO_BIG);
  }

  @Test
  void takesABodyOfExactlyTheLimitWholeOrInChunks() {
    String chunk = "200\r\n" + "x".repeat(512) + "\r\n";
    try (RawClient client = server.client()) {
      client.send(
          head("POST / HTTP/1.1", "Host: a", "Content-Length: 1024")
              + "x".repeat(1024)
              + head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")
              + chunk
              + chunk
              + "0\r\n\r\n");
      assertThat(client.answer().body()).isEqualTo("1024");
      assertThat(client.answer().body()).isEqualTo("1024");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "3\r\nabc\r\n0\r\n\r\n",
        "0003\r\nabc\r\n000\r\n\r\n",
        "3;a;b=c;d=\"e \\\" ;f\"\r\nabc\r\n0;g\r\n\r\n",
        "1\r\na\r\n2\r\nbc\r\n0\r\nX: y\r\nZ:\r\n\r\n",
        "3\r\nabc\r\n0\r\nContent-Length: 50\r\n\r\n",
        "3\r\nabc\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n",
        "3\r\nabc\r\n0\r\nHost: b\r\n\r\n",
      })
  void takesChunksAndIgnoresExtensionsAndTrailers(String chunks) {
    try (RawClient client = server.client()) {
      client.send(head("POST / HTTP/1.1", "Host: a", "Transfer-Encoding: chunked") + chunks);
      assertThat(client.answer().body()).isEqualTo("3");
      assertThat(client.get("/").status()).isEqualTo(200);
    }
  }

  @Test
  void takesARequestByteByByte() {
    try (RawClient client = server.client()) {
      String request =
          head("POST /?a=b HTTP/1.1", "Host: a", "Transfer-Encoding: chunked")
              + "3;ext=1\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: x\r\n\r\n"
              + "\r\n"
              + head("GET http://A:80/ HTTP/1.1", "Host: a:80");
      for (int i = 0; i < request.length(); i++) {
        client.send(request.substring(i, i + 1));
      }
      assertThat(client.answer().body()).isEqualTo("5");
      assertThat(client.answer().body()).isEqualTo("0");
    }
  }

  @Test
  void asksForABodyThatWaitsToBeAsked() {
    try (RawClient client = server.client()) {
      client.send(head("POST / HTTP/1.1", "Host: a", "Content-Length: 2", "Expect: 100-Continue"));
      assertThat(client.answer().status()).isEqualTo(100);
      assertThat(client.send("ab").answer().body()).isEqualTo("2");
    }
  }

  @Test
  void servesHttp10WithAndWithoutKeepAlive() {
    try (RawClient client = server.client()) {
      Answer kept = client.send(head("GET / HTTP/1.0", "Connection: keep-alive")).answer();
      assertThat(kept.header("Connection")).isEqualTo("keep-alive");
      assertThat(kept.header("Content-Length")).isEqualTo("1");
      Answer last = client.send(head("GET / HTTP/1.0")).answer();
      assertThat(last.status()).isEqualTo(200);
      assertThat(last.header("Connection")).isEqualTo("close");
      assertThat(client.isClosedByServer()).isTrue();
    }
  }

  @Test
  void closesAfterTheAnswerWhenAsked() {
    try (RawClient client = server.client()) {
      assertThat(client.get("/", "Connection: close").header("Connection")).isEqualTo("close");
      assertThat(client.isClosedByServer()).isTrue();
    }
    server.awaitAllClosed();
    assertThat(server.closes(CloseReason.NORMAL)).isEqualTo(1);
  }
}
