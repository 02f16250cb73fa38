package io.pushrod.codec.json;

import io.netty.buffer.ByteBuf;

/// Steps over checked JSON text.
final class JsonValue {
  private static final long ONES = 0x0101010101010101L;
  private static final long HIGH_BITS = ONES << 7;

  private JsonValue() {}

  static int skipSpace(ByteBuf buf, int index, int end) {
    int i = index;
    while (i < end && JsonScanner.isSpace(buf.getByte(i))) {
      i++;
    }
    return i;
  }

  /// The place behind the value that begins at `index`.
  static int end(ByteBuf buf, int index, int end) {
    int depth = 0;
    int i = index;
    do {
      byte c = buf.getByte(i);
      switch (c) {
        case '"' -> i = stringEnd(buf, i, end);
        case '{', '[' -> {
          depth++;
          i++;
        }
        case '}', ']' -> {
          depth--;
          i++;
        }
        case ',', ':', ' ', '\n', '\r', '\t' -> i++;
        default -> i = scalarEnd(buf, i, end);
      }
    } while (depth > 0);
    return i;
  }

  /// The place behind the closing quote of the string that begins at `index`.
  static int stringEnd(ByteBuf buf, int index, int end) {
    int i = index + 1;
    while (true) {
      while (end - i >= Long.BYTES && !mayHoldQuoteOrBackslash(buf.getLong(i))) {
        i += Long.BYTES;
      }
      for (int stop = Math.min(i + Long.BYTES, end); i < stop; i++) {
        byte c = buf.getByte(i);
        if (c == '"') {
          return i + 1;
        }
        if (c == '\\') {
          i++;
        }
      }
    }
  }

  private static boolean mayHoldQuoteOrBackslash(long word) {
    long quote = word ^ ONES * '"';
    long backslash = word ^ ONES * '\\';
    return (hasZero(quote) | hasZero(backslash)) != 0;
  }

  private static long hasZero(long word) {
    return (word - ONES) & ~word & HIGH_BITS;
  }

  private static int scalarEnd(ByteBuf buf, int index, int end) {
    int i = index;
    while (i < end) {
      byte c = buf.getByte(i);
      if (c == ',' || c == ']' || c == '}' || JsonScanner.isSpace(c)) {
        break;
      }
      i++;
    }
    return i;
  }
}
