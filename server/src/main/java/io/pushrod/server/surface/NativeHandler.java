package io.pushrod.server.surface;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ConnectionLog;
import java.io.IOException;

/// What the only handler of a native connection's channel does over every transport: room, the end,
/// failures.
///
/// **Thread:** the channel's event loop.
public abstract class NativeHandler<C extends NativeConnection>
    extends ChannelInboundHandlerAdapter {
  private static final ConnectionLog LOG = ConnectionLog.of(NativeHandler.class);

  protected final C connection;

  protected NativeHandler(C connection) {
    this.connection = connection;
  }

  @Override
  public final void channelWritabilityChanged(ChannelHandlerContext context) {
    if (context.channel().isWritable()) {
      connection.shard().onWritable(connection);
    }
  }

  @Override
  public final void channelInactive(ChannelHandlerContext context) {
    release();
    connection.giveBackSeat();
    connection.shard().onClosed(connection, CloseReason.NORMAL);
  }

  /// The socket is gone: gives back what the transport held for it.
  protected abstract void release();

  @Override
  public final void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      connection.metrics().count(Counter.PEER_RESETS);
      connection.broken();
    } else {
      connection.metrics().count(Counter.INTERNAL_ERRORS);
      LOG.failed(context.channel(), connection.transport(), cause);
      connection.close(CloseReason.INTERNAL_ERROR);
    }
  }
}
