package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import java.nio.charset.StandardCharsets;

/// Reads the fields of one frame's body in turn and never past its end.
final class FrameBody {
  private final ByteBuf in;
  private final int end;
  private int at;

  FrameBody(ByteBuf in, int offset, int length) {
    this.in = in;
    this.at = offset;
    this.end = offset + length;
  }

  int offset() {
    return at;
  }

  int remaining() {
    return end - at;
  }

  int u8(String name) {
    return in.getUnsignedByte(take(1, name));
  }

  int u16(String name) {
    return in.getUnsignedShort(take(2, name));
  }

  /// Any 32 bits.
  int bits32(String name) {
    return in.getInt(take(4, name));
  }

  /// Any 64 bits.
  long bits64(String name) {
    return in.getLong(take(8, name));
  }

  int u31(String name) {
    int value = bits32(name);
    if (value < 0) {
      throw bad(name, Integer.toUnsignedString(value), "at most 2147483647");
    }
    return value;
  }

  /// @param min the least that is valid
  long u63(String name, long min) {
    long value = bits64(name);
    if (value < min) {
      throw bad(name, Long.toUnsignedString(value), min + " to 9223372036854775807");
    }
    return value;
  }

  String text(int length, String name) {
    return in.toString(take(length, name), length, StandardCharsets.UTF_8);
  }

  void end(String frame) {
    if (at != end) {
      throw bad(frame, (end - at) + " bytes too many", "none after the last field");
    }
  }

  private int take(int bytes, String name) {
    if (end - at < bytes) {
      throw bad(name, (end - at) + " bytes left", "at least " + bytes);
    }
    int from = at;
    at += bytes;
    return from;
  }

  static ProtocolException bad(String name, String value, String expected) {
    return new ProtocolException(
        CloseReason.PROTOCOL_ERROR, name + ": " + value + " (expected: " + expected + ")");
  }
}
