package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// gzip on `/v1/sse`.
@Tag("acceptance")
final class GzipTest {
  private static final String[] GZIP = {"Accept-Encoding", "gzip, deflate, br"};
  private static final String COMMENT = ":\n\n";
  private static final String LONG = "{\"text\":\"" + "to be or not to be, ".repeat(100) + "\"}";

  @RegisterExtension
  final RunningServer server =
      new RunningServer("compression.sse=true", "server.event_loops=1", "heartbeat.sse_comment=1s");

  private SseClient reader(String query) {
    SseClient client = server.sse(query, GZIP);
    assertThat(client.response().headers().firstValue("content-encoding")).contains("gzip");
    assertThat(client.next().data()).startsWith("{\"op\":\"welcome\"");
    return client;
  }

  @Test
  void compressesAnEventOnceForAllWhoAskedAndNotForTheOthers() {
    SseClient plain = server.sse("topic=t");
    plain.next();
    List<SseClient> readers = List.of(reader("topic=t"), reader("topic=t"), reader("topic=t"));
    for (int i = 0; i < 5; i++) {
      server.publish("t", "note", LONG);
      SseClient.Dispatched event = plain.nextEvent();
      for (SseClient reader : readers) {
        assertThat(reader.nextEvent()).isEqualTo(event);
      }
    }
    assertThat(server.count(Counter.COMPRESSED_EVENTS)).isEqualTo(5);
    assertThat(server.count(Counter.COMPRESSED_FROM))
        .isGreaterThan(5 * server.count(Counter.COMPRESSED_TO));
  }

  @Test
  void tellsCachesThatTheAnswerDependsOnWhatWasAsked() {
    assertThat(server.sse("topic=t").response().headers().allValues("vary"))
        .contains("Accept-Encoding");
    assertThat(reader("topic=t").response().headers().allValues("vary"))
        .contains("Accept-Encoding");
  }

  @Test
  void sendsPlainTextToWhoRefusesGzipAndWhenItIsSwitchedOff() {
    SseClient client = server.sse("topic=t", "Accept-Encoding", "gzip;q=0, *");
    assertThat(client.response().headers().firstValue("content-encoding")).isEmpty();
    assertThat(client.next().data()).startsWith("{\"op\":\"welcome\"");
    server.restart("compression.sse=false");
    client = server.sse("topic=t", GZIP);
    assertThat(client.response().headers().firstValue("content-encoding")).isEmpty();
    assertThat(client.response().headers().allValues("vary")).doesNotContain("Accept-Encoding");
  }

  @Test
  void storesShortEventsAndSignalsInsideTheStream() {
    SseClient reader = reader("topic=t");
    server.publishTokens("t", 1, 2);
    assertThat(reader.nextEvent().data()).contains("\"seq\":1");
    SseClient.Dispatched second = reader.nextEvent();
    server.publish("t", "typing", "{}");
    SseClient.Dispatched signal = reader.nextEvent();
    assertThat(signal.data()).contains("\"typing\"");
    assertThat(signal.id()).isEqualTo(second.id());
    assertThat(server.count(Counter.COMPRESSED_EVENTS)).isZero();
  }

  @Test
  void givesSeveralTopicsTheirIdsAndSharesTheRest() {
    List<SseClient> readers = List.of(reader("topic=a&topic=b"), reader("topic=b&topic=a"));
    for (int i = 1; i <= 5; i++) {
      server.publish("a", "note", LONG);
      server.publish("b", "note", LONG.replace('o', 'x'));
      for (SseClient reader : readers) {
        SseClient.Dispatched a = reader.nextEvent();
        SseClient.Dispatched b = reader.nextEvent();
        assertThat(a.data()).contains("\"topic\":\"a\"", LONG);
        assertThat(b.data()).contains("\"topic\":\"b\"").contains("tx be xr nxt");
        assertThat(b.id())
            .contains("a=" + Json.text(a.data(), "id"), "b=" + Json.text(b.data(), "id"));
      }
    }
    assertThat(server.count(Counter.COMPRESSED_EVENTS)).isEqualTo(10);
  }

  @Test
  void resumesAndTellsGapsAndFolds() {
    server.restart(RunningServer.retaining(20, "compression.min_bytes=0"));
    server.publishAll(50, _ -> "{\"topic\":\"t\",\"type\":\"note\",\"data\":" + LONG + "}");
    server.awaitFirst("t", 31);
    SseClient reader = reader("topic=t&after=5");
    SseClient.Dispatched gap = reader.nextEvent();
    assertThat(gap.data()).contains("\"type\":\"gap\"", "\"reason\":\"trimmed\"");
    long from = Long.parseLong(gap.id().substring(gap.id().indexOf('-') + 1)) + 1;
    assertThat(reader.nextEvents((int) (50 - from + 1)))
        .extracting(event -> Json.number(event.data(), "seq"))
        .containsExactlyElementsOf(LongStream.rangeClosed(from, 50).boxed().toList());
    server.publishTokens("f", 1, 15);
    assertThat(reader("topic=f&after=earliest&fold=1").nextEvent().data())
        .contains("\"seq\":15,\"from_seq\":1,");
  }

  @Test
  void losesNothingForAReaderThatLags() throws IOException {
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      InputStream in = open(socket);
      int published = 0;
      while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
        server.publishAll(
            50, i -> "{\"topic\":\"t\",\"type\":\"note\",\"data\":\"" + hex(i) + "\"}");
        published += 50;
      }
      String last = "";
      for (int i = 1; i <= published; i++) {
        last = frame(in);
        assertThat(last).contains("\"seq\":" + i + ",");
      }
      assertThat(server.count(Counter.COMPRESSED_EVENTS)).isGreaterThanOrEqualTo(published);
    }
  }

  private static String hex(int seed) {
    byte[] random = new byte[3000];
    new Random(seed).nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  @Test
  void keepsHeartbeatsAndTheGoodbyeInsideTheStream() throws IOException {
    server.restart("heartbeat.sse_comment=100ms");
    try (Socket socket = new Socket()) {
      InputStream in = open(socket);
      assertThat(frame(in)).isEqualTo(COMMENT);
      server.publish("t", "note", LONG);
      assertThat(frameBehindComments(in)).contains(LONG);
      server.stop();
      assertThat(frameBehindComments(in)).contains("\"op\":\"close\",\"reason\":\"shutdown\"");
    }
  }

  private static String frameBehindComments(InputStream in) throws IOException {
    String next = frame(in);
    while (next.equals(COMMENT)) {
      next = frame(in);
    }
    return next;
  }

  @Test
  void endsAChunkedStreamBehindItsGoodbye() {
    SseClient reader = reader("topic=t");
    server.stop();
    assertThat(reader.next().data()).contains("\"op\":\"close\",\"reason\":\"shutdown\"");
    assertThat(reader.ends()).isTrue();
  }

  /// A stream without chunks whose welcome has been read, inflated.
  private InputStream open(Socket socket) throws IOException {
    socket.connect(
        new InetSocketAddress(InetAddress.getLoopbackAddress(), server.http("/").getPort()));
    socket.setSoTimeout(20_000);
    String request =
        "GET /v1/sse?topic=t&token="
            + server.token()
            + " HTTP/1.0\r\nHost: push.test\r\nAccept-Encoding: gzip\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    DataInputStream raw = new DataInputStream(socket.getInputStream());
    String head = until(raw, "\r\n\r\n");
    assertThat(head).contains("content-encoding: gzip\r\n");
    InputStream in = new GZIPInputStream(raw, 64);
    assertThat(frame(in)).contains("\"op\":\"welcome\"");
    return in;
  }

  private static String frame(InputStream in) throws IOException {
    return until(in, "\n\n");
  }

  private static String until(InputStream in, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.length() < end.length()
        || !text.substring(text.length() - end.length()).equals(end)) {
      int next = in.read();
      if (next < 0) {
        throw new AssertionError("stream: ended (expected: more)");
      }
      text.append((char) next);
    }
    return text.toString();
  }
}
