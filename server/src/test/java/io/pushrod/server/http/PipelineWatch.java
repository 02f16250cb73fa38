package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler.Sharable;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Sits before all handlers of each connection and knows what they have been through, so that tests
/// can wait for it.
@Sharable
final class PipelineWatch extends ChannelInboundHandlerAdapter {
  private int opened;
  private int closed;
  private long bytes;

  /// For the listening channel: watches each connection that it accepts.
  ChannelInboundHandlerAdapter acceptor() {
    return new ChannelInboundHandlerAdapter() {
      @Override
      public void channelRead(ChannelHandlerContext ctx, Object accepted) {
        ((Channel) accepted).pipeline().addLast(PipelineWatch.this);
        ctx.fireChannelRead(accepted);
      }
    };
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ctx.fireChannelActive();
    synchronized (this) {
      opened++;
      notifyAll();
    }
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    int length = ((ByteBuf) message).readableBytes();
    ctx.fireChannelRead(message);
    synchronized (this) {
      bytes += length;
      notifyAll();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    ctx.fireChannelInactive();
    synchronized (this) {
      closed++;
      notifyAll();
    }
  }

  /// Waits until so many connections have been opened in all.
  void awaitOpened(int connections) {
    await("connections opened", () -> opened >= connections);
  }

  /// Waits until so many bytes have been read in all.
  void awaitBytes(long count) {
    await("bytes read", () -> bytes >= count);
  }

  /// Waits until every connection has been closed.
  void awaitAllClosed() {
    await("connections closed", () -> opened > 0 && closed == opened);
  }

  private synchronized void await(String what, BooleanSupplier condition) {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(10);
    try {
      while (!condition.getAsBoolean()) {
        long left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
        if (left <= 0) {
          throw new AssertionError(
              what + ": " + opened + " opened, " + closed + " closed, " + bytes + " bytes");
        }
        wait(left);
      }
    } catch (InterruptedException e) {
      throw new AssertionError(what, e);
    }
  }
}
