package io.pushrod.bench.faults;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// One connection that reads topics, as the JSON objects that come over it.
///
/// **Thread:** one; [#close] from any.
abstract sealed class EventStream implements AutoCloseable permits WebSocketStream, SseStream {
  private static final int CONNECT_MILLIS = 2_000;

  /// Four heartbeats of the servers under test.
  private static final int SILENCE_MILLIS = 4_000;

  final Socket socket = new Socket();
  final InputStream in;

  EventStream(int port) throws IOException {
    try {
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      socket.setSoTimeout(SILENCE_MILLIS);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
    } catch (IOException e) {
      socket.close();
      throw e;
    }
  }

  /// Opens one over WebSocket or SSE.
  ///
  /// @param cursors where each topic is to continue
  static EventStream open(boolean isWebSocket, int port, String token, Map<String, String> cursors)
      throws IOException {
    EventStream stream = isWebSocket ? new WebSocketStream(port) : new SseStream(port);
    try {
      stream.begin(token, cursors);
      return stream;
    } catch (IOException | RuntimeException e) {
      stream.close();
      throw e;
    }
  }

  abstract void begin(String token, Map<String, String> cursors) throws IOException;

  /// The next object; null at the end.
  ///
  /// @throws IOException also when nothing came for so long that the connection counts as dead
  abstract @Nullable String next() throws IOException;

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /// A line without its end; null at the end of the stream.
  static @Nullable String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    byte[] bytes = new byte[256];
    int length = 0;
    for (int b = in.read(); b >= 0; b = in.read()) {
      if (b == '\n') {
        int end = length > 0 && bytes[length - 1] == '\r' ? length - 1 : length;
        return line.append(new String(bytes, 0, end, StandardCharsets.UTF_8)).toString();
      }
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, 2 * length);
      }
      bytes[length++] = (byte) b;
    }
    return null;
  }

  /// Reads the head of the answer.
  ///
  /// @return whether its body comes in chunks
  boolean head(String wanted) throws IOException {
    String status = line(in);
    if (status == null) {
      throw new EOFException("closed");
    }
    boolean isChunked = false;
    String header = line(in);
    while (header != null && !header.isEmpty()) {
      isChunked |= header.equalsIgnoreCase("transfer-encoding: chunked");
      header = line(in);
    }
    if (!status.startsWith("HTTP/1.1 " + wanted)) {
      throw new IOException("answer: " + status + " (expected: " + wanted + ")");
    }
    return isChunked;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is closed already.
    }
  }
}
