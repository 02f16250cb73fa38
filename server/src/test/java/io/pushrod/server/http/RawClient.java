package io.pushrod.server.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// A blocking socket that sends exactly the bytes it is told to, and reads HTTP answers one by one.
public final class RawClient implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 10_000;

  /// One answer; names of headers in lower case.
  public record Answer(int status, Map<String, String> headers, String body) {
    public @Nullable String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }
  }

  private final Socket socket;
  private final InputStream in;

  /// @param receiveBufferBytes 0 leaves it to the kernel
  public RawClient(int port, int receiveBufferBytes) {
    try {
      socket = new Socket();
      if (receiveBufferBytes > 0) {
        socket.setReceiveBufferSize(receiveBufferBytes);
      }
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(PATIENCE_MILLIS);
      in = new java.io.BufferedInputStream(socket.getInputStream());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Sends bytes as they stand; a char is a byte.
  public RawClient send(String bytes) {
    try {
      socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Lines, each with CRLF, and the empty line that ends a head.
  public static String head(String... lines) {
    return String.join("\r\n", lines) + "\r\n\r\n";
  }

  /// Sends a request with a Host header.
  public RawClient request(String method, String target, String... headers) {
    String[] lines = new String[headers.length + 2];
    lines[0] = method + " " + target + " HTTP/1.1";
    lines[1] = "Host: push.test";
    System.arraycopy(headers, 0, lines, 2, headers.length);
    return send(head(lines));
  }

  public Answer get(String target, String... headers) {
    return request("GET", target, headers).answer();
  }

  /// Reads the next answer.
  public Answer answer() {
    return answer(true);
  }

  /// Reads the head of the next answer: all of it after a HEAD request.
  public Answer answerToHead() {
    return answer(false);
  }

  private Answer answer(boolean withBody) {
    String statusLine = line();
    if (!statusLine.startsWith("HTTP/1.1 ")) {
      throw new AssertionError("status line: " + statusLine + " (expected: HTTP/1.1 …)");
    }
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      int colon = line.indexOf(':');
      headers.merge(
          line.substring(0, colon).toLowerCase(Locale.ROOT),
          line.substring(colon + 1).strip(),
          (one, other) -> one + ", " + other);
    }
    return new Answer(
        Integer.parseInt(statusLine.substring(9, 12)),
        new LinkedHashMap<>(headers),
        withBody ? body(headers) : "");
  }

  private String body(Map<String, String> headers) {
    if (!"chunked".equals(headers.get("transfer-encoding"))) {
      return text(Integer.parseInt(headers.getOrDefault("content-length", "0")));
    }
    StringBuilder body = new StringBuilder();
    for (int size = chunkSize(); size > 0; size = chunkSize()) {
      body.append(text(size));
      line();
    }
    line();
    return body.toString();
  }

  private int chunkSize() {
    return Integer.parseInt(line(), 16);
  }

  /// Reads so many bytes.
  public String text(int length) {
    try {
      byte[] bytes = in.readNBytes(length);
      if (bytes.length < length) {
        throw new AssertionError("bytes: " + bytes.length + " (expected: " + length + ")");
      }
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Reads up to the end of a line, and gives it without.
  public String line() {
    ByteArrayOutputStream line = new ByteArrayOutputStream();
    try {
      for (int next = in.read(); next != '\n'; next = in.read()) {
        if (next < 0) {
          throw new AssertionError("connection: closed (expected: a line)");
        }
        line.write(next);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return line.toString(StandardCharsets.ISO_8859_1).strip();
  }

  /// Whether the server has closed its side, with nothing left to read; waits for it.
  public boolean isClosedByServer() {
    try {
      return in.read() < 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Closes with a reset instead of an orderly end.
  public void reset() {
    try {
      socket.setSoLinger(true, 0);
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
