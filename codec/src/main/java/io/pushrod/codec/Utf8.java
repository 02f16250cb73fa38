package io.pushrod.codec;

import io.netty.buffer.ByteBuf;

/// Checks UTF-8 byte by byte, so that a check may stop anywhere and go on with the next bytes.
///
/// Exactly the well-formed sequences of RFC 3629 section 4 pass: no overlong form, no surrogate,
/// nothing above U+10FFFF. A state is an `int` that the caller keeps; it packs how many bytes are
/// missing and the bounds of the next one.
public final class Utf8 {
  /// The state at the start, and between any two characters.
  public static final int BOUNDARY = 0;

  /// The state after a byte that cannot be; it never changes again.
  public static final int INVALID = -1;

  private static final int TAIL_1 = pack(1, 0x80, 0xBF);
  private static final int TAIL_2 = pack(2, 0x80, 0xBF);
  private static final int TAIL_3 = pack(3, 0x80, 0xBF);
  private static final long HIGH_BITS = 0x8080808080808080L;

  private Utf8() {}

  /// The state after one more byte.
  public static int next(int state, byte value) {
    int b = value & 0xFF;
    if (state == BOUNDARY) {
      return b < 0x80 ? BOUNDARY : lead(b);
    }
    if (state == INVALID || b < (state >>> 8 & 0xFF) || b > (state & 0xFF)) {
      return INVALID;
    }
    return switch (state >>> 16) {
      case 1 -> BOUNDARY;
      case 2 -> TAIL_1;
      default -> TAIL_2;
    };
  }

  /// The state after `length` more bytes; [#INVALID] as soon as one cannot be.
  public static int next(int state, ByteBuf buf, int offset, int length) {
    int i = offset;
    int end = offset + length;
    while (i < end && state != INVALID) {
      if (state == BOUNDARY) {
        while (end - i >= Long.BYTES && (buf.getLong(i) & HIGH_BITS) == 0) {
          i += Long.BYTES;
        }
        if (i == end) {
          break;
        }
      }
      state = next(state, buf.getByte(i++));
    }
    return state;
  }

  /// Whether the bytes are whole, well-formed characters.
  public static boolean isValid(ByteBuf buf, int offset, int length) {
    return next(BOUNDARY, buf, offset, length) == BOUNDARY;
  }

  private static int lead(int b) {
    if (b >= 0xC2 && b <= 0xDF) {
      return TAIL_1;
    }
    if (b >= 0xE0 && b <= 0xEF) {
      return switch (b) {
        case 0xE0 -> pack(2, 0xA0, 0xBF);
        case 0xED -> pack(2, 0x80, 0x9F);
        default -> TAIL_2;
      };
    }
    if (b >= 0xF0 && b <= 0xF4) {
      return switch (b) {
        case 0xF0 -> pack(3, 0x90, 0xBF);
        case 0xF4 -> pack(3, 0x80, 0x8F);
        default -> TAIL_3;
      };
    }
    return INVALID;
  }

  private static int pack(int missing, int low, int high) {
    return missing << 16 | low << 8 | high;
  }
}
