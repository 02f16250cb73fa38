package io.pushrod.codec;

import io.netty.buffer.ByteBuf;

/// Appends numbers as ASCII without a string between.
public final class Digits {
  private static final byte[] MIN_VALUE = {
    '-', '9', '2', '2', '3', '3', '7', '2', '0', '3', '6', '8', '5', '4', '7', '7', '5', '8', '0',
    '8'
  };

  private Digits() {}

  /// How many bytes [#writeDecimal] appends.
  public static int decimalLength(long value) {
    if (value < 0) {
      return value == Long.MIN_VALUE ? MIN_VALUE.length : 1 + decimalLength(-value);
    }
    int length = 1;
    for (long bound = 10; length < 19 && value >= bound; bound *= 10) {
      length++;
    }
    return length;
  }

  public static void writeDecimal(ByteBuf out, long value) {
    if (value == Long.MIN_VALUE) {
      out.writeBytes(MIN_VALUE);
      return;
    }
    int length = decimalLength(value);
    out.ensureWritable(length);
    int start = out.writerIndex();
    long left = Math.abs(value);
    for (int i = start + length - 1; i >= start; i--) {
      out.setByte(i, (int) ('0' + left % 10));
      left /= 10;
    }
    if (value < 0) {
      out.setByte(start, '-');
    }
    out.writerIndex(start + length);
  }

  /// How many bytes [#writeHex] appends: no leading zeros, at least one.
  public static int hexLength(int value) {
    return Math.max(1, (Integer.SIZE + 3 - Integer.numberOfLeadingZeros(value)) / 4);
  }

  public static void writeHex(ByteBuf out, int value) {
    for (int shift = (hexLength(value) - 1) * 4; shift >= 0; shift -= 4) {
      out.writeByte(Character.forDigit(value >>> shift & 0xF, 16));
    }
  }
}
