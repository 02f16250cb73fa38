package io.pushrod.server.conformance;

import static io.pushrod.server.support.RawWs.BINARY;
import static io.pushrod.server.support.RawWs.FIN;
import static io.pushrod.server.support.RawWs.TEXT;
import static io.pushrod.server.support.RawWs.masked;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.http.RawClient.Answer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.zip.DataFormatException;
import java.util.zip.Deflater;
import java.util.zip.Inflater;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The conformance server with a client by hand; its compression is the JDK's.
final class ConformanceServerTest {
  private static final int RSV1 = 0x40;
  private static final int LONG_BYTES = 16 << 20;

  private final ConformanceServer server =
      new ConformanceServer("127.0.0.1", 0, LONG_BYTES, 0, TimeUnit.SECONDS.toNanos(60));

  @AfterEach
  void stop() {
    server.close();
  }

  private static final class Echo {
    private final int first;
    private final byte[] payload;

    Echo(int first, byte[] payload) {
      this.first = first;
      this.payload = payload;
    }

    int first() {
      return first;
    }

    byte[] payload() {
      return payload;
    }
  }

  private record Peer(Socket socket, DataInputStream in, String head) implements AutoCloseable {
    Peer send(byte[] frame) throws IOException {
      socket.getOutputStream().write(frame);
      return this;
    }

    Echo next() throws IOException {
      int first = in.readUnsignedByte();
      int length = in.readUnsignedByte();
      length =
          length == 126 ? in.readUnsignedShort() : length == 127 ? (int) in.readLong() : length;
      return new Echo(first, in.readNBytes(length));
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private Peer peer(String... headers) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
    socket.setSoTimeout(20_000);
    String request =
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + RawClient.head(headers);
    socket.getOutputStream().write(request.getBytes(ISO_8859_1));
    DataInputStream in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    StringBuilder head = new StringBuilder();
    while (head.indexOf("\r\n\r\n") < 0) {
      head.append((char) in.readUnsignedByte());
    }
    return new Peer(socket, in, head.toString());
  }

  private static byte[] deflated(byte[] plain) {
    try (Deflater deflater = new Deflater(Deflater.DEFAULT_COMPRESSION, true)) {
      deflater.setInput(plain);
      byte[] out = new byte[plain.length + 100];
      int length = deflater.deflate(out, 0, out.length, Deflater.SYNC_FLUSH);
      return Arrays.copyOf(out, length - 4);
    }
  }

  private static byte[] inflated(Inflater inflater, byte[] compressed, int length)
      throws DataFormatException {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    whole.writeBytes(compressed);
    whole.writeBytes(new byte[] {0, 0, (byte) 0xff, (byte) 0xff});
    inflater.setInput(whole.toByteArray());
    byte[] out = new byte[length + 1];
    return Arrays.copyOf(out, inflater.inflate(out));
  }

  @Test
  void echoesCompressedTextAndFragmentedCompressedBinary() throws Exception {
    byte[] text = "compress me, compress me, compress me: é€".getBytes(UTF_8);
    byte[] binary = new byte[5_000];
    new Random(1).nextBytes(binary);
    byte[] pieces = deflated(binary);
    try (Peer peer =
            peer(
                "Sec-WebSocket-Extensions: permessage-deflate; client_no_context_takeover; server_max_window_bits=9");
        Inflater inflater = new Inflater(true)) {
      assertThat(peer.head()).contains("sec-websocket-extensions: permessage-deflate");
      assertThat(peer.head()).contains("server_max_window_bits=9");

      Echo one = peer.send(masked(FIN | RSV1 | TEXT, deflated(text))).next();
      assertThat(one.first()).isEqualTo(FIN | RSV1 | TEXT);
      assertThat(inflated(inflater, one.payload(), text.length)).isEqualTo(text);

      peer.send(masked(RSV1 | BINARY, Arrays.copyOf(pieces, 1_000)));
      peer.send(masked(0, Arrays.copyOfRange(pieces, 1_000, 1_001)));
      peer.send(masked(FIN, Arrays.copyOfRange(pieces, 1_001, pieces.length)));
      Echo two = peer.next();
      assertThat(two.first()).isEqualTo(FIN | RSV1 | BINARY);
      assertThat(inflated(inflater, two.payload(), binary.length)).isEqualTo(binary);
    }
  }

  @Test
  void echoesAMessageOfSixteenMebibytes() throws Exception {
    byte[] long16 = new byte[LONG_BYTES];
    new Random(2).nextBytes(long16);
    try (Peer peer = peer("X: y")) {
      assertThat(peer.head()).doesNotContain("extensions");
      Echo echo = peer.send(masked(FIN | BINARY, long16)).next();
      assertThat(echo.first()).isEqualTo(FIN | BINARY);
      assertThat(Arrays.equals(echo.payload(), long16)).isTrue();
    }
  }

  @Test
  void echoesABodyOfSixteenMebibytes() {
    try (RawClient client = client()) {
      String body = "x".repeat(LONG_BYTES);
      client.request("POST", "/", "Content-Length: " + LONG_BYTES).send(body);
      assertThat(client.answer().body()).isEqualTo(body);
    }
  }

  @Test
  void listsTheHeadersAndTheCookies() {
    try (RawClient client = client()) {
      Answer headers = client.get("/echo", "X-A: b", "X-A: c");
      assertThat(headers.body()).isEqualTo("Host: push.test\nX-A: b\nX-A: c\n");
      assertThat(client.get("/cookie", "Cookie: a=b; c=d").body()).isEqualTo("a=b\nc=d\n");
    }
  }

  @Test
  void takesEveryMethodOnAny() {
    try (RawClient client = client()) {
      for (String method : new String[] {"PUT", "DELETE", "PATCH", "POST"}) {
        Answer answer = client.request(method, "/any", "Content-Length: 2").send("ab").answer();
        assertThat(answer.status()).as(method).isEqualTo(200);
        assertThat(answer.body()).as(method).isEqualTo("ab");
      }
    }
  }

  @Test
  void answersHeadWithoutABodyAndOptionsWithTheMethods() {
    try (RawClient client = client()) {
      Answer head = client.request("HEAD", "/").answerToHead();
      assertThat(head.status()).isEqualTo(200);
      assertThat(head.header("Content-Length")).isEqualTo("2");
      Answer options = client.request("OPTIONS", "/").answer();
      assertThat(options.status()).isEqualTo(204);
      assertThat(options.header("Allow")).isEqualTo("GET, HEAD, POST, OPTIONS");
      assertThat(options.header("Content-Length")).isNull();
      assertThat(client.request("OPTIONS", "*").answer().status()).isEqualTo(204);
    }
  }

  private RawClient client() {
    return new RawClient(server.port(), 0);
  }
}
