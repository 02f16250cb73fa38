package io.pushrod.bench.peer;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Child;
import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Publishes by HTTP/1.1 requests over one connection that is kept alive. Requests are pipelined
/// (RFC 9112 section 9.3.2): the next goes out when it is due, whether or not the last is answered.
///
/// **Thread:** one sends; a thread of its own reads the answers.
final class HttpFeed implements Feed {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final int LONGEST_LINE = 8192;
  private static final int LONGEST_BODY = 1 << 20;

  private final String peer;
  private final BiFunction<String, String, byte[]> request;
  private final Predicate<String> accepts;
  private final Socket socket;
  private final OutputStream out;
  private long sent;
  private volatile long answered;
  private volatile @Nullable String failure;
  private volatile boolean closing;

  private HttpFeed(
      String peer,
      Socket socket,
      BiFunction<String, String, byte[]> request,
      Predicate<String> accepts)
      throws IOException {
    this.peer = peer;
    this.request = request;
    this.accepts = accepts;
    this.socket = socket;
    this.out = socket.getOutputStream();
    Thread.ofPlatform().daemon().name(peer + "-answers").start(this::readAnswers);
  }

  /// Connects as soon as the peer listens.
  ///
  /// @param request the bytes that publish JSON to a topic
  /// @param accepts whether the body of a 2xx answer tells success
  static HttpFeed connect(
      String peer,
      Child child,
      int port,
      BiFunction<String, String, byte[]> request,
      Predicate<String> accepts)
      throws IOException, InterruptedException {
    return new HttpFeed(peer, await(peer, child, port), request, accepts);
  }

  private static Socket await(String peer, Child child, int port)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (child.isAlive() && System.nanoTime() < deadline) {
      try {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
        socket.setTcpNoDelay(true);
        return socket;
      } catch (ConnectException e) {
        TimeUnit.MILLISECONDS.sleep(20); // not listening yet
      }
    }
    throw new BenchException(peer + ": does not listen, see its log under bench/target/logs");
  }

  /// A POST with what else its head needs.
  ///
  /// @param headers whole lines, each with its end
  static byte[] post(String path, String headers, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    byte[] head =
        "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n%sContent-Length: %d\r\n\r\n"
            .formatted(path, headers, bytes.length)
            .getBytes(StandardCharsets.US_ASCII);
    byte[] all = new byte[head.length + bytes.length];
    System.arraycopy(head, 0, all, 0, head.length);
    System.arraycopy(bytes, 0, all, head.length, bytes.length);
    return all;
  }

  @Override
  public void send(String topic, String json) throws IOException {
    out.write(request.apply(topic, json));
    sent++;
  }

  @Override
  public void settle() throws InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (answered < sent && failure == null && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(1);
    }
    String failed = failure;
    if (failed != null || answered < sent) {
      throw new BenchException(
          "%s: publish: %s (expected: %,d accepted, were %,d)"
              .formatted(peer, failed == null ? "no answer" : failed, sent, answered));
    }
  }

  private void readAnswers() {
    try (InputStream in = new BufferedInputStream(socket.getInputStream())) {
      while (failure == null) {
        readAnswer(in);
      }
    } catch (IOException | NumberFormatException e) {
      if (!closing) {
        failure = e.toString();
      }
    }
  }

  // Only this thread writes what settle() reads.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  private void readAnswer(InputStream in) throws IOException {
    String status = line(in);
    int length = 0;
    boolean chunked = false;
    for (String header = line(in); !header.isEmpty(); header = line(in)) {
      String lower = header.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(lower.substring(lower.indexOf(':') + 1).strip());
      } else if (lower.startsWith("transfer-encoding:")) {
        chunked = lower.contains("chunked");
      }
    }
    String body = chunked ? chunks(in) : bytes(in, length);
    if (!status.startsWith("HTTP/1.1 2") || !accepts.test(body)) {
      failure = status + ' ' + body.strip();
    } else {
      answered++;
    }
  }

  private static String chunks(InputStream in) throws IOException {
    StringBuilder body = new StringBuilder();
    for (int size = Integer.parseInt(line(in), 16);
        size > 0;
        size = Integer.parseInt(line(in), 16)) {
      body.append(bytes(in, size));
      line(in);
    }
    line(in);
    return body.toString();
  }

  private static String bytes(InputStream in, int length) throws IOException {
    if (length < 0 || length > LONGEST_BODY) {
      throw new IOException("body: " + length + " bytes (expected: <= " + LONGEST_BODY + ")");
    }
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException("connection: closed inside an answer");
    }
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.length() == LONGEST_LINE) {
        throw new EOFException("connection: closed, or no HTTP");
      }
      line.append((char) next);
    }
    return line.toString().stripTrailing();
  }

  @Override
  public void close() throws IOException {
    closing = true;
    socket.close();
  }
}
