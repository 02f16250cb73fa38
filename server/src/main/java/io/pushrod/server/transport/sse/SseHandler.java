package io.pushrod.server.transport.sse;

import io.netty.channel.ChannelHandlerContext;
import io.netty.util.ReferenceCountUtil;
import io.pushrod.server.surface.NativeHandler;

/// The only handler of a channel that became a stream: whatever the peer still sends is dropped.
///
/// **Thread:** the channel's event loop.
final class SseHandler extends NativeHandler<SseConnection> {
  private final SseStreams streams;

  SseHandler(SseConnection connection, SseStreams streams) {
    super(connection);
    this.streams = streams;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  protected void release() {
    streams.remove(connection);
    connection.released();
  }
}
