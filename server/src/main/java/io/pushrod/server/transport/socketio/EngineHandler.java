package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;

/// What a session's messages are for.
///
/// **Thread:** the session's shard.
interface EngineHandler {
  /// A text message; valid UTF-8, borrowed.
  void onText(ByteBuf buf, int offset, int length);

  /// A binary message, borrowed.
  void onBinary(ByteBuf buf, int offset, int length);

  /// Whether the client has done what it has to within the connect timeout.
  boolean isSettled();

  /// The server begins to drain.
  void onDrain();

  /// The session ends in order: the last to be said may be said now.
  void onEnding(CloseReason reason);

  /// The session is gone, for a reason that its client may not have heard.
  void onGone(CloseReason reason);
}
