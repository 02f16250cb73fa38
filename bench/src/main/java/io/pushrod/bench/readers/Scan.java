package io.pushrod.bench.readers;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Finds what the check needs in the bytes of an event without parsing JSON. It relies on the fixed
/// order of fields.
final class Scan {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private static final long ONES = 0x0101010101010101L;
  private static final long NEWLINES = '\n' * ONES;

  private Scan() {}

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  /// Index of the first line feed in `[from, to)`, or -1. Looks at eight bytes at a time: the least
  /// zero byte of `x` has the least bit of `(x - 0x01…) & ~x & 0x80…`.
  static int newline(byte[] bytes, int from, int to) {
    int i = from;
    for (; i <= to - Long.BYTES; i += Long.BYTES) {
      long x = (long) LONGS.get(bytes, i) ^ NEWLINES;
      long zeros = (x - ONES) & ~x & (ONES << 7);
      if (zeros != 0) {
        return i + Long.numberOfTrailingZeros(zeros) / Byte.SIZE;
      }
    }
    for (; i < to; i++) {
      if (bytes[i] == '\n') {
        return i;
      }
    }
    return -1;
  }

  /// Index of the first byte after `pattern` in `[from, to)`, or -1. `hint` is tried first: events
  /// of one topic have the same shape most of the time.
  static int after(byte[] bytes, int from, int to, byte[] pattern, int hint) {
    if (hint >= 0 && startsWith(bytes, from + hint, to, pattern)) {
      return from + hint + pattern.length;
    }
    int last = to - pattern.length;
    for (int i = from; i <= last; i++) {
      if (bytes[i] == pattern[0] && startsWith(bytes, i, to, pattern)) {
        return i + pattern.length;
      }
    }
    return -1;
  }

  static boolean startsWith(byte[] bytes, int from, int to, byte[] pattern) {
    return to - from >= pattern.length
        && Arrays.equals(bytes, from, from + pattern.length, pattern, 0, pattern.length);
  }

  /// The decimal number that starts at `from`; stops at the first byte that is no digit.
  static long number(byte[] bytes, int from, int to) {
    long value = 0;
    for (int i = from; i < to && bytes[i] >= '0' && bytes[i] <= '9'; i++) {
      value = value * 10 + (bytes[i] - '0');
    }
    return value;
  }
}
