package io.pushrod.codec.fuzz;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;

/// Bytes as text that compares.
final class Bytes {
  private Bytes() {}

  static String hex(ByteBuf buf, int offset, int length) {
    return ByteBufUtil.hexDump(buf, offset, length);
  }
}
