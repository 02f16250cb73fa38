package io.pushrod.bench.faults;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Topics over `GET /v1/sse`, resumed by a composite `Last-Event-ID`.
final class SseStream extends EventStream {
  private static final String DATA = "data:";
  private static final String EARLIEST = "earliest";

  private InputStream body = InputStream.nullInputStream();

  SseStream(int port) throws IOException {
    super(port);
  }

  @Override
  void begin(String token, Map<String, String> cursors) throws IOException {
    String topics =
        cursors.keySet().stream().map(each -> "topic=" + each).collect(Collectors.joining("&"));
    String seen =
        cursors.entrySet().stream()
            .filter(each -> !each.getValue().equals(EARLIEST))
            .map(each -> each.getKey() + '=' + each.getValue())
            .collect(Collectors.joining(","));
    String head =
        "GET /v1/sse?after="
            + EARLIEST
            + '&'
            + topics
            + " HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: text/event-stream\r\n"
            + (seen.isEmpty() ? "" : "Last-Event-ID: " + seen + "\r\n")
            + "Authorization: Bearer "
            + token
            + "\r\n\r\n";
    send(head.getBytes(UTF_8));
    body = head("200") ? new Chunks(in) : in;
  }

  @Override
  @Nullable String next() throws IOException {
    for (String line = line(body); line != null; line = line(body)) {
      if (line.startsWith(DATA)) {
        return line.substring(DATA.length()).strip();
      }
    }
    return null;
  }

  /// What is in chunks (RFC 9112 section 7.1).
  private static final class Chunks extends InputStream {
    private final InputStream in;
    private long left;
    private boolean isFirst = true;

    private Chunks(InputStream in) {
      this.in = in;
    }

    @Override
    public int read() throws IOException {
      if (left == 0) {
        String size = nextSize();
        left = size == null ? 0 : Long.parseLong(size, 16);
        if (left == 0) {
          return -1;
        }
      }
      left--;
      int read = in.read();
      if (read < 0) {
        throw new EOFException("closed within a chunk");
      }
      return read;
    }

    @Override
    public int read(byte[] bytes, int from, int length) throws IOException {
      int first = length == 0 ? 0 : read();
      if (length == 0 || first < 0) {
        return first;
      }
      bytes[from] = (byte) first;
      return 1;
    }

    private @Nullable String nextSize() throws IOException {
      if (!isFirst) {
        line(in);
      }
      isFirst = false;
      return line(in);
    }
  }
}
