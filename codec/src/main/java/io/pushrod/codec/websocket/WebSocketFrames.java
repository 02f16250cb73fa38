package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.deflate.BlockDeflater;

/// Writes the frames that a server sends: whole and not masked. Each method appends to `out`.
public final class WebSocketFrames {
  /// The longest header that [#headerLength] can name.
  public static final int MAX_HEADER_BYTES = 10;

  private WebSocketFrames() {}

  /// Bytes of the header before a payload of so many bytes: 2, 4 or 10.
  public static int headerLength(int payload) {
    if (payload < Opcode.LENGTH_16) {
      return 2;
    }
    return payload <= 0xFFFF ? 4 : MAX_HEADER_BYTES;
  }

  /// The header of a text frame, behind which the caller puts the payload.
  public static void writeTextHeader(ByteBuf out, int payload) {
    writeHeader(out, Opcode.TEXT, payload, 0);
  }

  /// The same into an array; returns [#headerLength].
  public static int writeTextHeader(byte[] out, int offset, int payload) {
    int length = headerLength(payload);
    out[offset] = (byte) (Opcode.FIN | Opcode.TEXT);
    if (length == 2) {
      out[offset + 1] = (byte) payload;
      return length;
    }
    out[offset + 1] = (byte) (length == 4 ? Opcode.LENGTH_16 : Opcode.LENGTH_64);
    for (int i = 2; i < length; i++) {
      out[offset + i] = (byte) ((long) payload >>> ((length - 1 - i) * Byte.SIZE));
    }
    return length;
  }

  public static void writeText(ByteBuf out, ByteBuf text, int offset, int length) {
    writeHeader(out, Opcode.TEXT, length, 0);
    out.writeBytes(text, offset, length);
  }

  public static void writeText(ByteBuf out, CharSequence text) {
    int length = ByteBufUtil.utf8Bytes(text);
    writeHeader(out, Opcode.TEXT, length, 0);
    ByteBufUtil.reserveAndWriteUtf8(out, text, length);
  }

  public static void writeBinary(ByteBuf out, ByteBuf data, int offset, int length) {
    writeHeader(out, Opcode.BINARY, length, 0);
    out.writeBytes(data, offset, length);
  }

  /// One compressed message (RFC 7692 section 7.2.1).
  ///
  /// @param text whether it is a text, not binary
  /// @param blocks what a [BlockDeflater] wrote for the message, all of it readable; empty for an
  ///   empty message
  public static void writeCompressed(ByteBuf out, boolean text, ByteBuf blocks) {
    int opcode = Opcode.RSV1 | (text ? Opcode.TEXT : Opcode.BINARY);
    if (!blocks.isReadable()) {
      writeHeader(out, opcode, 1, 0);
      out.writeByte(0);
      return;
    }
    int length = blocks.readableBytes() - BlockDeflater.TAIL_BYTES;
    writeHeader(out, opcode, length, 0);
    out.writeBytes(blocks, blocks.readerIndex(), length);
  }

  public static void writePing(ByteBuf out) {
    writeHeader(out, Opcode.PING, 0, 0);
  }

  /// The answer to a ping.
  ///
  /// @param length of the ping's bytes, at most 125
  public static void writePong(ByteBuf out, ByteBuf ping, int offset, int length) {
    checkControl(length);
    writeHeader(out, Opcode.PONG, length, 0);
    out.writeBytes(ping, offset, length);
  }

  public static void writeClose(ByteBuf out, CloseReason reason) {
    writeClose(out, reason.code(), reason.text());
  }

  /// @param code one that may be sent, or [WebSocketParser#NO_CODE] for an empty frame
  /// @param text at most 123 bytes of UTF-8
  public static void writeClose(ByteBuf out, int code, String text) {
    if (code == WebSocketParser.NO_CODE) {
      writeHeader(out, Opcode.CLOSE, 0, 0);
      return;
    }
    int length = ByteBufUtil.utf8Bytes(text);
    checkControl(Short.BYTES + length);
    writeHeader(out, Opcode.CLOSE, Short.BYTES + length, 0);
    out.writeShort(code);
    ByteBufUtil.reserveAndWriteUtf8(out, text, length);
  }

  /// @param maskBit [Opcode#MASKED] or 0
  static void writeHeader(ByteBuf out, int opcode, int payload, int maskBit) {
    out.writeByte(Opcode.FIN | opcode);
    switch (headerLength(payload)) {
      case 2 -> out.writeByte(maskBit | payload);
      case 4 -> out.writeByte(maskBit | Opcode.LENGTH_16).writeShort(payload);
      default -> out.writeByte(maskBit | Opcode.LENGTH_64).writeLong(payload);
    }
  }

  static void checkControl(int length) {
    if (length > Opcode.CONTROL_BYTES) {
      throw new IllegalArgumentException("control frame: " + length + " bytes (expected: <= 125)");
    }
  }
}
