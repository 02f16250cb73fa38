package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Writes the frames that a client sends: whole and masked. Each method appends to `out`.
///
/// The mask keeps a page from choosing the bytes on the wire (RFC 6455 section 10.3). A client
/// whose payload is its own may use any mask, 0 included; one that passes on what strangers wrote
/// draws a random one for each frame.
public final class WebSocketClientFrames {
  private WebSocketClientFrames() {}

  public static void writeText(ByteBuf out, int mask, CharSequence text) {
    int length = ByteBufUtil.utf8Bytes(text);
    int payload = begin(out, Opcode.TEXT, length, mask);
    ByteBufUtil.reserveAndWriteUtf8(out, text, length);
    Masking.apply(out, payload, length, mask, 0);
  }

  public static void writeText(ByteBuf out, int mask, ByteBuf text, int offset, int length) {
    write(out, Opcode.TEXT, mask, text, offset, length);
  }

  public static void writeBinary(ByteBuf out, int mask, ByteBuf data, int offset, int length) {
    write(out, Opcode.BINARY, mask, data, offset, length);
  }

  public static void writePing(ByteBuf out, int mask) {
    begin(out, Opcode.PING, 0, mask);
  }

  /// @param length of the ping's bytes, at most 125
  public static void writePong(ByteBuf out, int mask, ByteBuf ping, int offset, int length) {
    WebSocketFrames.checkControl(length);
    write(out, Opcode.PONG, mask, ping, offset, length);
  }

  /// @param code one that may be sent, or [WebSocketParser#NO_CODE] for an empty frame
  /// @param text at most 123 bytes of UTF-8
  public static void writeClose(ByteBuf out, int mask, int code, String text) {
    if (code == WebSocketParser.NO_CODE) {
      begin(out, Opcode.CLOSE, 0, mask);
      return;
    }
    int length = Short.BYTES + ByteBufUtil.utf8Bytes(text);
    WebSocketFrames.checkControl(length);
    int payload = begin(out, Opcode.CLOSE, length, mask);
    ByteBufUtil.writeUtf8(out.writeShort(code), text);
    Masking.apply(out, payload, length, mask, 0);
  }

  private static void write(
      ByteBuf out, int opcode, int mask, ByteBuf from, int offset, int length) {
    int payload = begin(out, opcode, length, mask);
    out.writeBytes(from, offset, length);
    Masking.apply(out, payload, length, mask, 0);
  }

  /// Writes a header and returns where the payload begins.
  private static int begin(ByteBuf out, int opcode, int length, int mask) {
    WebSocketFrames.writeHeader(out, opcode, length, Opcode.MASKED);
    return out.writeInt(mask).writerIndex();
  }
}
