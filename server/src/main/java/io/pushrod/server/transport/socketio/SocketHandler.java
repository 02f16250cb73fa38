package io.pushrod.server.transport.socketio;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.pushrod.server.surface.NativeHandler;

/// The only handler of a pipe.
///
/// **Thread:** the channel's event loop.
final class SocketHandler extends NativeHandler<SocketConnection> {
  SocketHandler(SocketConnection connection) {
    super(connection);
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  protected void release() {
    connection.released();
  }
}
