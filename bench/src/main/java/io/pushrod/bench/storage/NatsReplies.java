package io.pushrod.bench.storage;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.util.Arrays;

/// Reads what a NATS server sends to a client that subscribed to its own inbox: messages, whose
/// subject ends with a number, and pings (NATS client protocol, `MSG`, `PING`, `INFO`, `-ERR`).
///
/// **Thread:** one.
final class NatsReplies {
  private static final int MOST_BYTES = 1 << 20;
  private static final byte[] ERROR = "\"error\"".getBytes(US_ASCII);
  private static final byte[] SEQUENCE = "\"seq\":".getBytes(US_ASCII);

  /// Takes what was read.
  interface Listener {
    /// JetStream has taken a message.
    ///
    /// @param ticket the number at the end of the subject
    /// @param sequence that the stream gave
    void onStored(long ticket, long sequence);

    void onPing() throws IOException;
  }

  private final Listener listener;
  private byte[] held = new byte[1024];
  private int count;

  NatsReplies(Listener listener) {
    this.listener = listener;
  }

  /// Takes the next bytes.
  ///
  /// @throws IOException when the server refused something, or says what no server says
  void accept(byte[] bytes, int length) throws IOException {
    if (held.length < count + length) {
      held = Arrays.copyOf(held, Math.max(2 * held.length, count + length));
    }
    System.arraycopy(bytes, 0, held, count, length);
    count += length;
    int at = 0;
    for (int next = take(at); next > at; next = take(at)) {
      at = next;
    }
    System.arraycopy(held, at, held, 0, count - at);
    count -= at;
    if (count > MOST_BYTES) {
      throw new IOException("line: " + count + " bytes (expected: <= " + MOST_BYTES + ")");
    }
  }

  /// @return behind what begins at `from`; `from` while it is not complete
  private int take(int from) throws IOException {
    int end = lineEnd(from);
    if (end < 0) {
      return from;
    }
    if (startsWith(from, end, "MSG ")) {
      return message(from, end);
    }
    if (startsWith(from, end, "PING")) {
      listener.onPing();
    } else if (!startsWith(from, end, "INFO ")
        && !startsWith(from, end, "PONG")
        && !startsWith(from, end, "+OK")) {
      throw new IOException(text(from, end));
    }
    return end;
  }

  /// `MSG <subject> <sid> [reply] <bytes>`, then the payload and a line's end.
  private int message(int from, int end) throws IOException {
    int lastSpace = end;
    while (held[lastSpace] != ' ') {
      lastSpace--;
    }
    long size = number(lastSpace + 1);
    int to = end + (int) size + 2;
    if (size > MOST_BYTES || to > count) {
      return from;
    }
    if (find(ERROR, end, to) >= 0) {
      throw new IOException(text(end, to));
    }
    int subjectEnd = from + 4;
    while (held[subjectEnd] != ' ') {
      subjectEnd++;
    }
    int digits = subjectEnd;
    while (held[digits - 1] != '.') {
      digits--;
    }
    int sequence = find(SEQUENCE, end, to);
    if (sequence < 0) {
      throw new IOException(text(from, to) + " (expected: an acknowledgement of JetStream)");
    }
    listener.onStored(number(digits), number(sequence + SEQUENCE.length));
    return to;
  }

  private int lineEnd(int from) {
    for (int i = from; i < count; i++) {
      if (held[i] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private boolean startsWith(int from, int end, String word) {
    return end - from >= word.length()
        && Arrays.equals(
            held, from, from + word.length(), word.getBytes(US_ASCII), 0, word.length());
  }

  private int find(byte[] what, int from, int to) {
    for (int i = from; i <= to - what.length; i++) {
      if (Arrays.equals(held, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    return -1;
  }

  private long number(int from) {
    long number = 0;
    int at = from;
    while (at < count && held[at] == ' ') {
      at++;
    }
    while (at < count && held[at] >= '0' && held[at] <= '9') {
      number = 10 * number + held[at] - '0';
      at++;
    }
    return number;
  }

  private String text(int from, int to) {
    return new String(held, from, to - from, US_ASCII).strip();
  }
}
