package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.surface.socketio.SocketIoRenderer;

/// The events of a socket that reads several topics: each offset says where it is in all of them,
/// so no bytes are shared.
///
/// **Thread:** the socket's shard.
final class ManyTopicsFormat extends SocketFormat {
  private final SocketConnection socket;

  ManyTopicsFormat(SocketConnection socket, SocketIoRenderer renderer) {
    super(socket.namespace(), renderer, true);
    this.socket = socket;
  }

  @Override
  void appendOffset(ByteBuf out, TopicLog log, long sequence) {
    socket.appendOffset(out, log, sequence);
  }
}
