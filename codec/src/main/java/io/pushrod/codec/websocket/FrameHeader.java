package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;

/// Reads and judges frame headers in place. Each method may be called as soon as the bytes that it
/// reads are there.
final class FrameHeader {
  /// What has to be there before [#length] may be asked.
  static final int MIN_BYTES = 2;

  private FrameHeader() {}

  /// Bytes of the whole header, from its first two.
  static int length(ByteBuf buf, int index) {
    int second = buf.getByte(index + 1);
    int extended =
        switch (second & 0x7F) {
          case Opcode.LENGTH_16 -> Short.BYTES;
          case Opcode.LENGTH_64 -> Long.BYTES;
          default -> 0;
        };
    return MIN_BYTES + extended + ((second & Opcode.MASKED) != 0 ? Integer.BYTES : 0);
  }

  /// Refuses what the first two bytes show to be wrong.
  ///
  /// @param compressible whether permessage-deflate was agreed on, and RSV1 may open a message
  static void check(ByteBuf buf, int index, boolean masked, boolean compressible) {
    int first = buf.getUnsignedByte(index);
    int second = buf.getUnsignedByte(index + 1);
    int opcode = first & 0x0F;
    int size = second & 0x7F;
    boolean opensMessage = opcode == Opcode.TEXT || opcode == Opcode.BINARY;
    int allowed = compressible && opensMessage ? Opcode.RSV1 : 0;
    if ((first & Opcode.RESERVED & ~allowed) != 0) {
      throw bad("reserved bits: " + ((first & Opcode.RESERVED) >> 4) + " (expected: 0)");
    }
    if (opcode > Opcode.PONG || (opcode > Opcode.BINARY && opcode < Opcode.CLOSE)) {
      throw bad("opcode: " + opcode + " (expected: 0-2 or 8-10)");
    }
    if (((second & Opcode.MASKED) != 0) != masked) {
      throw bad("mask bit: " + (second >> 7) + " (expected: " + (masked ? 1 : 0) + ")");
    }
    if ((opcode & Opcode.CONTROL) != 0) {
      if ((first & Opcode.FIN) == 0) {
        throw bad("control frame: fragmented (expected: whole)");
      }
      if (size > Opcode.CONTROL_BYTES) {
        throw bad("control frame: more than 125 bytes (expected: <= 125)");
      }
      if (opcode == Opcode.CLOSE && size == 1) {
        throw bad("close frame: 1 byte (expected: 0 or 2-125)");
      }
    }
  }

  /// Payload bytes, once the header's length is there.
  static long payload(ByteBuf buf, int index) {
    int size = buf.getByte(index + 1) & 0x7F;
    if (size < Opcode.LENGTH_16) {
      return size;
    }
    if (size == Opcode.LENGTH_16) {
      int length = buf.getUnsignedShort(index + MIN_BYTES);
      if (length < Opcode.LENGTH_16) {
        throw bad("length: " + length + " in 2 bytes (expected: in none)");
      }
      return length;
    }
    long length = buf.getLong(index + MIN_BYTES);
    if (length < 0) {
      throw bad("length: " + Long.toUnsignedString(length) + " (expected: < 2^63)");
    }
    if (length <= 0xFFFF) {
      throw bad("length: " + length + " in 8 bytes (expected: in fewer)");
    }
    return length;
  }

  static ProtocolException bad(String message) {
    return new ProtocolException(CloseReason.PROTOCOL_ERROR, message);
  }
}
