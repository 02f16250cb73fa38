package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DuplexChannel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.engineio.EnginePackets;
import io.pushrod.codec.engineio.PacketListener;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.codec.websocket.WebSocketListener;
import io.pushrod.codec.websocket.WebSocketParser;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.ConnectionLog;
import java.io.IOException;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The WebSocket of a session, or one that tries to become it; the only handler of its channel.
///
/// **Thread:** the channel's event loop, which is the session's from [#attach] on.
final class EngineWebSocket extends ChannelInboundHandlerAdapter implements WebSocketListener {
  private static final ConnectionLog LOG = ConnectionLog.of(EngineWebSocket.class);

  /// Frames of one message; a client of ours sends one.
  private static final int FRAGMENTS = 128;

  /// How long a goodbye may take before the socket is cut.
  private static final long GOODBYE_SECONDS = 2;

  private final Channel channel;
  private final ShardMetrics metrics;
  private final int maxPayload;
  private @Nullable EngineSession session;
  private @Nullable ByteBuf early;
  private @Nullable WebSocketParser parser;
  private boolean closing;

  EngineWebSocket(Channel channel, ShardMetrics metrics, int maxPayload) {
    this.channel = channel;
    this.metrics = metrics;
    this.maxPayload = maxPayload;
  }

  Channel channel() {
    return channel;
  }

  /// Moves the socket to another loop, with nothing read before it is there.
  ///
  /// @param behind bytes that arrived behind the request; becomes ours
  /// @param moved told there, or, when it did not work, not at all: the socket is closed then
  void moveTo(EventLoop loop, ByteBuf behind, Runnable moved) {
    early = behind;
    channel.config().setAutoRead(false);
    if (channel.eventLoop() == loop) {
      moved.run();
      return;
    }
    channel
        .deregister()
        .addListener(
            left -> {
              if (left.isSuccess()) {
                loop.register(channel).addListener(arrived -> arrived(arrived.isSuccess(), moved));
              } else {
                arrived(false, moved);
              }
            });
  }

  private void arrived(boolean there, Runnable moved) {
    if (there && channel.isActive()) {
      moved.run();
    } else {
      release();
      channel.unsafe().closeForcibly();
    }
  }

  /// Belongs to a session from now on, and is read.
  void attach(EngineSession to) {
    session = to;
    ByteBuf behind = early;
    early = null;
    channel.config().setAutoRead(true);
    if (behind != null) {
      try {
        read(behind);
      } finally {
        behind.release();
      }
    }
  }

  boolean isWritable() {
    return !closing && channel.isWritable();
  }

  boolean isClosing() {
    return closing;
  }

  /// Sends one text packet beside all that waits.
  void sendNow(String packet) {
    if (!closing) {
      ByteBuf out =
          channel.alloc().directBuffer(packet.length() + WebSocketFrames.MAX_HEADER_BYTES);
      WebSocketFrames.writeText(out, packet);
      var _ = channel.writeAndFlush(out, channel.voidPromise());
    }
  }

  /// Says goodbye and lets the peer finish: closing over bytes that are unread would take the
  /// goodbye with it (RFC 9293 section 3.6.1). Whoever has not gone soon is cut.
  void close(CloseReason reason) {
    if (closing) {
      return;
    }
    closing = true;
    if (!channel.isActive()) {
      return;
    }
    var _ = channel.eventLoop().schedule(this::cut, GOODBYE_SECONDS, TimeUnit.SECONDS);
    ByteBuf out = channel.alloc().directBuffer(128);
    WebSocketFrames.writeClose(out, reason);
    channel
        .writeAndFlush(out)
        .addListener(
            told -> {
              if (told.isSuccess() && channel instanceof DuplexChannel duplex) {
                duplex.shutdownOutput().addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
              } else {
                var _ = channel.close();
              }
            });
  }

  /// Cuts it.
  void cut() {
    closing = true;
    var _ = channel.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      read(in);
    } finally {
      in.release();
    }
  }

  private void read(ByteBuf in) {
    if (closing) {
      return;
    }
    WebSocketParser current = parser;
    if (current == null) {
      current = WebSocketParser.ofClientFrames(maxPayload, FRAGMENTS);
      parser = current;
    }
    try {
      current.parse(in, this);
      if (!current.isIncomplete()) {
        parser = null;
      }
    } catch (ProtocolException e) {
      refused(e);
    }
  }

  private void refused(ProtocolException e) {
    LOG.refused(channel, String.valueOf(e.getMessage()));
    if (e.reason() == CloseReason.FRAME_TOO_BIG) {
      metrics.count(Counter.LIMIT_SOCKETIO_MAX_PAYLOAD);
    }
    fail(e.reason());
  }

  private void fail(CloseReason reason) {
    EngineSession of = session;
    if (of == null) {
      close(reason);
    } else {
      of.onWebSocketFailed(this, reason);
    }
  }

  @Override
  public void onText(ByteBuf buf, int offset, int length) {
    EngineSession of = session;
    if (closing || of == null) {
      return;
    }
    PacketListener listener = of.listenerFor(this);
    try {
      EnginePackets.parse(buf, offset, length, listener);
    } catch (ProtocolException e) {
      refused(e);
    }
  }

  @Override
  public void onBinary(ByteBuf buf, int offset, int length) {
    EngineSession of = session;
    if (!closing && of != null) {
      of.listenerFor(this).onBinary(buf, offset, length);
    }
  }

  @Override
  public void onPing(ByteBuf buf, int offset, int length) {
    if (isWritable()) {
      ByteBuf pong = channel.alloc().directBuffer(length + 2);
      WebSocketFrames.writePong(pong, buf, offset, length);
      var _ = channel.writeAndFlush(pong, channel.voidPromise());
    }
  }

  @Override
  public void onPong(ByteBuf buf, int offset, int length) {}

  @Override
  public void onClose(int code, String text) {
    fail(CloseReason.NORMAL);
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    with(EngineSession::wake);
  }

  private void with(Consumer<EngineSession> step) {
    EngineSession of = session;
    if (of != null) {
      step.accept(of);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    closing = true;
    release();
    with(of -> of.onWebSocketClosed(this));
  }

  private void release() {
    if (parser != null) {
      parser.release();
      parser = null;
    }
    if (early != null) {
      early.release();
      early = null;
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    if (cause instanceof IOException) {
      metrics.count(Counter.PEER_RESETS);
      cut();
    } else {
      metrics.count(Counter.INTERNAL_ERRORS);
      LOG.failed(context.channel(), Transport.SOCKETIO, cause);
      fail(CloseReason.INTERNAL_ERROR);
    }
  }
}
