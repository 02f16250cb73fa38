package io.pushrod.codec.websocket;

import io.netty.buffer.ByteBuf;

/// Gets what a [WebSocketParser] has parsed. Ranges of buffers are good during the call only, and
/// may be written to.
public interface WebSocketListener {
  /// A whole text message; the range is valid UTF-8.
  void onText(ByteBuf buf, int offset, int length);

  void onBinary(ByteBuf buf, int offset, int length);

  /// A ping, to be answered by a pong with the same bytes, at most 125.
  void onPing(ByteBuf buf, int offset, int length);

  void onPong(ByteBuf buf, int offset, int length);

  /// The peer's close frame, after which nothing more is parsed.
  ///
  /// @param code [WebSocketParser#NO_CODE] when the frame had none
  void onClose(int code, String reason);
}
