package io.pushrod.codec.engineio;

import io.netty.buffer.ByteBuf;

/// Gets the packets that a peer sent. Ranges of buffers are good during the call only.
public interface PacketListener {
  /// A text packet.
  ///
  /// @param length of the data behind the digit; it is valid UTF-8
  void onPacket(PacketType type, ByteBuf buf, int offset, int length);

  /// A binary message.
  void onBinary(ByteBuf buf, int offset, int length);
}
