package io.pushrod.codec.json;

import io.netty.buffer.ByteBuf;
import io.netty.util.concurrent.FastThreadLocal;

/// One array per thread into which bytes are copied that lie outside the heap: one copy is cheaper
/// than a bounds check and a virtual call per byte.
final class Scratch {
  private static final int KEPT_BYTES = 64 * 1024;

  private static final FastThreadLocal<byte[]> KEPT =
      new FastThreadLocal<>() {
        @Override
        protected byte[] initialValue() {
          return new byte[4096];
        }
      };

  private Scratch() {}

  /// Returns an array that begins with the bytes; valid until the next call on this thread.
  static byte[] copy(ByteBuf buf, int offset, int length) {
    byte[] target = KEPT.get();
    if (target.length < length) {
      target = new byte[length <= KEPT_BYTES ? KEPT_BYTES : length];
      if (length <= KEPT_BYTES) {
        KEPT.set(target);
      }
    }
    buf.getBytes(offset, target, 0, length);
    return target;
  }
}
