package io.pushrod.codec.sse;

import io.netty.buffer.ByteBuf;

/// Gets what an [SseParser] has parsed. Ranges of buffers are good during the call only.
public interface SseListener {
  /// One event; its id is [SseParser#lastEventId].
  ///
  /// @param type `message` when the stream named none
  void onEvent(String type, ByteBuf data, int offset, int length);

  /// How long to wait before reconnecting, from now on.
  default void onRetry(int millis) {}

  /// A comment: the connection is alive.
  default void onComment() {}
}
