package io.pushrod.server.transport.sse;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import java.io.IOException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The only handler of a channel that became a stream: whatever the peer still sends is dropped.
///
/// **Thread:** the channel's event loop.
final class SseHandler extends ChannelInboundHandlerAdapter {
  private static final Logger log = LoggerFactory.getLogger(SseHandler.class);

  private final SseConnection connection;
  private final SseStreams streams;

  SseHandler(SseConnection connection, SseStreams streams) {
    this.connection = connection;
    this.streams = streams;
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ReferenceCountUtil.release(message);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      connection.shard().onWritable(connection);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    streams.remove(connection);
    connection.shard().onClosed(connection, CloseReason.NORMAL);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      connection.metrics().count(Counter.PEER_RESETS);
      connection.broken();
    } else {
      connection.metrics().count(Counter.INTERNAL_ERRORS);
      log.error("{}: an event stream failed", connection.id(), cause);
      connection.close(CloseReason.INTERNAL_ERROR);
    }
  }
}
