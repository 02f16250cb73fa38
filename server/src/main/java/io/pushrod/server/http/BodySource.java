package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;

/// A body that is made piece by piece, as fast as the peer takes it, so that one who does not read
/// holds a piece and never the whole.
///
/// **Thread:** the channel's event loop. It is asked no more once the connection has gone.
@FunctionalInterface
public interface BodySource {
  /// How large a piece should be; about as much as a socket takes at once.
  int PIECE_BYTES = 64 * 1024;

  /// Appends the next piece.
  ///
  /// @param out borrowed
  /// @return whether there is more
  boolean appendTo(ByteBuf out);

  /// Whether the next piece is not there yet. It is asked again after [Exchange#proceed].
  default boolean waits() {
    return false;
  }

  /// It is asked no more: the body is out, or the connection has gone. Called once.
  default void release() {}
}
