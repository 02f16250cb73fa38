package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.AbstractChannel;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelMetadata;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPromise;
import io.netty.channel.DefaultChannelConfig;
import io.netty.channel.EventLoop;
import io.netty.channel.WriteBufferWaterMark;
import java.net.SocketAddress;
import java.nio.channels.ClosedChannelException;
import org.jspecify.annotations.Nullable;

/// A channel in memory: what is written waits until the session takes it, and meanwhile makes the
/// channel unwritable as a slow socket would be.
///
/// **Thread:** its event loop.
final class PipeChannel extends AbstractChannel {
  /// Takes packets.
  interface Sink {
    boolean wantsMore();

    /// @param packets whole ones, each with its separator; borrowed
    /// @return how many bytes were taken, whole packets too
    int take(ByteBuf packets);
  }

  private static final ChannelMetadata METADATA = new ChannelMetadata(false);

  private final ChannelConfig config = new DefaultChannelConfig(this);
  private final SocketAddress remote;
  private final Runnable onReadable;
  private @Nullable Sink sink;
  private boolean open = true;
  private boolean active;

  /// @param remote of the client
  /// @param waterMark between which bytes that wait make it unwritable
  /// @param onReadable told whenever bytes wait; it must not take them at once
  PipeChannel(SocketAddress remote, WriteBufferWaterMark waterMark, Runnable onReadable) {
    super(null);
    this.remote = remote;
    this.onReadable = onReadable;
    config.setWriteBufferWaterMark(waterMark);
  }

  boolean isReadable() {
    ChannelOutboundBuffer waiting = unsafe().outboundBuffer();
    return waiting != null && !waiting.isEmpty();
  }

  /// Moves what waits into `to`, as long as it wants more.
  void drainTo(Sink to) {
    sink = to;
    try {
      unsafe().flush();
    } finally {
      sink = null;
    }
  }

  @Override
  protected void doWrite(ChannelOutboundBuffer waiting) {
    Sink to = sink;
    if (to == null) {
      onReadable.run();
      return;
    }
    while (to.wantsMore() && waiting.current() instanceof ByteBuf packets) {
      waiting.removeBytes(to.take(packets));
    }
  }

  @Override
  protected AbstractUnsafe newUnsafe() {
    return new PipeUnsafe();
  }

  private final class PipeUnsafe extends AbstractUnsafe {
    @Override
    public void connect(SocketAddress to, SocketAddress from, ChannelPromise promise) {
      promise.setFailure(new UnsupportedOperationException("connect: a pipe (expected: a socket)"));
    }
  }

  @Override
  protected boolean isCompatible(EventLoop loop) {
    return true;
  }

  @Override
  protected SocketAddress localAddress0() {
    return remote;
  }

  @Override
  protected SocketAddress remoteAddress0() {
    return remote;
  }

  @Override
  protected void doRegister(ChannelPromise registered) {
    if (open) {
      active = true;
      registered.setSuccess();
    } else {
      registered.setFailure(new ClosedChannelException());
    }
  }

  @Override
  protected void doBind(SocketAddress address) {
    throw new UnsupportedOperationException("bind: a pipe (expected: a socket)");
  }

  @Override
  protected void doDisconnect() {
    doClose();
  }

  @Override
  protected void doClose() {
    open = false;
    active = false;
  }

  @Override
  protected void doBeginRead() {}

  @Override
  public ChannelConfig config() {
    return config;
  }

  @Override
  public boolean isOpen() {
    return open;
  }

  @Override
  public boolean isActive() {
    return active;
  }

  @Override
  public ChannelMetadata metadata() {
    return METADATA;
  }
}
