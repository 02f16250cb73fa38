package io.pushrod.bench.readers;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/// Finds what the check needs in the bytes of an event without parsing JSON. It relies on the fixed
/// order of fields.
final class Scan {
  private Scan() {}

  static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
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
