package io.pushrod.server.dialect;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// The spellings of single values.
final class DockrionFields {
  private static final int ID_DIGITS = 12;
  private static final int DIGIT_BITS = 4;

  private DockrionFields() {}

  /// Appends `evt-` and 12 hexadecimal digits, the same ones whenever the event is rendered again.
  static void appendId(ByteBuf out, long epoch, long sequence) {
    long mixed = mix(mix(epoch) + sequence);
    ByteBufUtil.writeAscii(out, "evt-");
    for (int shift = Long.SIZE - DIGIT_BITS, n = 0; n < ID_DIGITS; n++, shift -= DIGIT_BITS) {
      out.writeByte(Character.forDigit((int) (mixed >>> shift & 0xF), 16));
    }
  }

  /// Spreads neighbours over all numbers (the finalizer of SplitMix64).
  private static long mix(long number) {
    long z = (number ^ (number >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /// Appends a time as `2026-11-21T17:58:18.123+00:00`.
  static void appendTimestamp(ByteBuf out, long millis) {
    IsoTime.append(out, millis, "+00:00");
  }

  /// Appends milliseconds as seconds: `1500` as `1.5`. What is no whole number becomes null.
  static void appendSeconds(ByteBuf out, String millis) {
    boolean whole =
        !millis.isEmpty()
            && millis.length() <= 15
            && millis.chars().allMatch(c -> c >= '0' && c <= '9');
    ByteBufUtil.writeAscii(out, whole ? Double.toString(Long.parseLong(millis) / 1000.0) : "null");
  }
}
