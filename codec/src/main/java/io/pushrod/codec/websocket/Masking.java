package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;

/// The mask of RFC 6455 section 5.3.
final class Masking {
  private Masking() {}

  /// Masks, or unmasks, bytes in place.
  ///
  /// @param mask the key as it is read by `getInt`
  /// @param phase how many payload bytes came before these
  static void apply(ByteBuf buf, int offset, int length, int mask, int phase) {
    int key = Integer.rotateLeft(mask, (phase & 3) * Byte.SIZE);
    long wide = ((long) key << 32) | (key & 0xFFFF_FFFFL);
    int i = offset;
    int end = offset + length;
    for (; end - i >= Long.BYTES; i += Long.BYTES) {
      buf.setLong(i, buf.getLong(i) ^ wide);
    }
    for (; i < end; i++) {
      wide = Long.rotateLeft(wide, Byte.SIZE);
      buf.setByte(i, buf.getByte(i) ^ (int) wide);
    }
  }
}
