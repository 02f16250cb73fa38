package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;

/// Where the JSON lies in a stored frame (RFC 6455 section 5.2, unmasked).
public final class FrameLayout {
  private FrameLayout() {}

  /// Bytes before the JSON of the frame at `offset`: 2, 4 or 10.
  public static int headerLength(ByteBuf bytes, int offset) {
    return switch (bytes.getByte(offset + 1) & 0x7f) {
      case 126 -> 4;
      case 127 -> 10;
      default -> 2;
    };
  }
}
