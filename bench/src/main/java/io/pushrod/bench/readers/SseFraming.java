package io.pushrod.bench.readers;

import java.util.Arrays;

/// SSE lines, with or without HTTP chunks around them (RFC 9112 section 7.1). Each `data` line is
/// one record, whatever `id` and `event` lines stand around it: servers of JSON send one per event.
final class SseFraming implements Framing {
  private static final byte[] DATA = Scan.ascii("data:");
  private static final byte[] NONE = {};
  private static final int LONGEST_SIZE_LINE = 20;

  private final boolean chunked;

  /// Bytes of the current chunk still to come; -1 while its size line, -2 while the line end after
  /// it is awaited.
  private long chunkLeft = -1;

  /// The start of a line whose end is in a later chunk.
  private byte[] partial = NONE;

  SseFraming(boolean chunked) {
    this.chunked = chunked;
  }

  @Override
  public int feed(byte[] bytes, int from, int to, Records records) {
    if (!chunked) {
      return lines(bytes, from, to, records);
    }
    int at = from;
    while (at < to) {
      if (chunkLeft > 0) {
        int piece = (int) Math.min(chunkLeft, to - at);
        piece(bytes, at, at + piece, records);
        at += piece;
        chunkLeft -= piece;
        if (chunkLeft == 0) {
          chunkLeft = -2;
        }
      } else {
        int end = at;
        while (end < to && bytes[end] != '\n') {
          end++;
        }
        if (end == to) {
          if (to - at > LONGEST_SIZE_LINE) {
            records.onEnd(true);
            return to;
          }
          return at;
        }
        chunkLeft = chunkLeft == -2 ? -1 : size(bytes, at, end);
        at = end + 1;
        if (chunkLeft == 0) {
          records.onEnd(false);
          return to;
        }
      }
    }
    return at;
  }

  private static long size(byte[] bytes, int from, int end) {
    long size = 0;
    for (int i = from; i < end; i++) {
      int digit = Character.digit(bytes[i], 16);
      if (digit < 0) {
        break;
      }
      size = size << 4 | digit;
    }
    return size;
  }

  private void piece(byte[] bytes, int from, int to, Records records) {
    if (partial.length == 0) {
      int used = lines(bytes, from, to, records);
      partial = used == to ? NONE : Arrays.copyOfRange(bytes, used, to);
      return;
    }
    byte[] joined = Arrays.copyOf(partial, partial.length + to - from);
    System.arraycopy(bytes, from, joined, partial.length, to - from);
    int used = lines(joined, 0, joined.length, records);
    partial = used == joined.length ? NONE : Arrays.copyOfRange(joined, used, joined.length);
  }

  private static int lines(byte[] bytes, int from, int to, Records records) {
    int start = from;
    for (int end = Scan.newline(bytes, start, to); end >= 0; end = Scan.newline(bytes, start, to)) {
      if (Scan.startsWith(bytes, start, end, DATA)) {
        records.onText(bytes, text(bytes, start + DATA.length, end), end(bytes, start, end));
      }
      start = end + 1;
    }
    return start;
  }

  /// One blank after the colon is no part of the text.
  private static int text(byte[] bytes, int from, int to) {
    return from < to && bytes[from] == ' ' ? from + 1 : from;
  }

  /// Lines may end with CR and LF.
  private static int end(byte[] bytes, int from, int to) {
    return to > from && bytes[to - 1] == '\r' ? to - 1 : to;
  }
}
