package io.pushrod.codec.deflate;

import io.netty.buffer.ByteBuf;

/// Writes pieces of a gzip stream (RFC 1952) that many streams share: the header, and texts that
/// are stored as they are. What is compressed comes from a [BlockDeflater].
public final class GzipPieces {
  /// The header: deflate, no name, no time, no system.
  private static final byte[] HEADER = {0x1f, (byte) 0x8b, 8, 0, 0, 0, 0, 0, 0, (byte) 0xff};

  /// Bytes of [#writeHeader].
  public static final int HEADER_BYTES = HEADER.length;

  /// The most that one stored block may hold.
  private static final int MAX_STORED = 0xffff;

  private static final int STORED_HEADER_BYTES = 5;

  private GzipPieces() {}

  public static void writeHeader(ByteBuf out) {
    out.writeBytes(HEADER);
  }

  /// Bytes of [#writeStored].
  public static int storedLength(int length) {
    int blocks = (length + MAX_STORED - 1) / MAX_STORED;
    return length + blocks * STORED_HEADER_BYTES;
  }

  /// Writes stored blocks (RFC 1951 section 3.2.4), none of them the last.
  public static void writeStored(ByteBuf out, ByteBuf source, int offset, int length) {
    for (int at = 0; at < length; at += MAX_STORED) {
      int size = Math.min(MAX_STORED, length - at);
      out.writeByte(0).writeShortLE(size).writeShortLE(~size);
      out.writeBytes(source, offset + at, size);
    }
  }
}
