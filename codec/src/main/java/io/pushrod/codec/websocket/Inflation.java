package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ProtocolException;

/// Turns a compressed message back into what it was (RFC 7692 section 7.2.2).
public interface Inflation {
  /// Appends what a whole message inflates to.
  ///
  /// @param in holds the message; its indexes stay as they are
  /// @param out its capacity bounds the message
  /// @throws ProtocolException `FRAME_TOO_BIG` when more would come out than there is room for,
  ///   `PROTOCOL_ERROR` when the message is no deflate stream
  void inflate(ByteBuf in, int offset, int length, ByteBuf out);
}
