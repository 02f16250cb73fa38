package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.ConnectionLog;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// Bytes in, frames out; keeps what is incomplete.
///
/// **Thread:** the channel's event loop.
final class IngestHandler extends ChannelInboundHandlerAdapter {
  private static final ConnectionLog LOG = ConnectionLog.of(IngestHandler.class);

  /// Asks to go on with what was read before an owner had no room.
  enum Resume {
    INSTANCE
  }

  private final IngestConnection connection;
  private @Nullable ByteBuf rest;

  IngestHandler(IngestConnection connection) {
    this.connection = connection;
  }

  @Override
  public void channelActive(ChannelHandlerContext context) {
    connection.open();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    ByteBuf before = rest;
    rest = null;
    if (before == null) {
      read(context, in, false);
    } else {
      before.writeBytes(in);
      in.release();
      read(context, before, true);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext context, Object event) {
    ByteBuf before = rest;
    if (event == Resume.INSTANCE && before != null) {
      rest = null;
      read(context, before, true);
    }
  }

  /// Takes ownership of `in`.
  ///
  /// What is left over moves to a buffer of its own, of which nobody else holds a part: the one it
  /// came in may be large, and batches may hold it. That buffer grows until its first frame is
  /// whole, so a frame that comes in small pieces is not copied with each of them.
  private void read(ChannelHandlerContext context, ByteBuf in, boolean isRest) {
    int start = in.readerIndex();
    try {
      connection.read(in);
      if (!in.isReadable() || connection.isLeaving()) {
        return;
      }
      rest =
          isRest && in.readerIndex() == start
              ? in.retain()
              : context.alloc().directBuffer(in.readableBytes()).writeBytes(in);
    } catch (ProtocolException e) {
      LOG.refused(context.channel(), e.reason().label());
      if (e.reason() == CloseReason.FRAME_TOO_BIG) {
        connection.metrics().count(Counter.LIMIT_INGEST_FRAME_BYTES);
      }
      connection.close(e.reason(), String.valueOf(e.getMessage()));
    } finally {
      in.release();
    }
  }

  /// A peer that does not read its acks is not read from.
  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    connection.onWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (rest != null) {
      rest.release();
      rest = null;
    }
    connection.onClosed();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      connection.metrics().count(Counter.PEER_RESETS);
      var _ = context.close();
    } else {
      connection.metrics().count(Counter.INTERNAL_ERRORS);
      LOG.failed(context.channel(), Transport.INGEST, cause);
      connection.close(CloseReason.INTERNAL_ERROR);
    }
  }
}
