package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;

/// Where the reply to a command goes.
public interface ReplySink {
  /// Sends one ack or error, or nothing more when the peer is gone. Takes ownership.
  ///
  /// @param status what it is as an HTTP status
  void reply(int status, ByteBuf json);
}
