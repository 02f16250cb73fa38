package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.ByteBuffer;

/// Writes shared bytes to one socket, now.
///
/// **Thread:** the channel's event loop, and only while Netty has nothing unwritten for that
/// channel.
public interface SocketWriter {
  /// Offers `length` bytes from `offset`.
  ///
  /// @param bytes the owner of the memory; a writer that keeps a part retains it
  /// @param view the same memory
  /// @return how many bytes were taken; fewer than offered when the socket pushed back
  /// @throws IOException when the connection is broken
  int write(Connection connection, ByteBuf bytes, ByteBuffer view, int offset, int length)
      throws IOException;

  /// Whether what was taken may still lie in Netty's outbound buffer, so that the channel has to be
  /// asked whether the socket pushed back.
  default boolean buffers() {
    return true;
  }
}
