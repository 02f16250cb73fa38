package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.codec.websocket.WebSocketParser;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Identity;
import io.pushrod.server.surface.NativeConnection;
import io.pushrod.server.surface.NativeSurface;
import org.jspecify.annotations.Nullable;

/// A WebSocket of the native dialect. What it does with messages may be overridden, and which
/// extension its frames use; framing, heartbeats and ends stay.
///
/// **Thread:** its shard.
class WebSocketConnection extends NativeConnection {
  private static final ByteBuf PING = ping();

  private final WebSocketSettings settings;

  /// What events come in when permessage-deflate was agreed on; null for the log's own form.
  private final @Nullable DeflatedFormat deflated;

  private byte unanswered;

  WebSocketConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      WebSocketSettings settings,
      @Nullable DeflatedFormat deflated) {
    super(channel, shard, surface);
    this.settings = settings;
    this.deflated = deflated;
  }

  @Override
  public final Transport transport() {
    return Transport.WEBSOCKET;
  }

  @Override
  public EventFormat format() {
    return frames();
  }

  /// How messages are framed.
  final EventFormat frames() {
    return deflated != null ? deflated : WebSocketFormat.TEXT;
  }

  final WebSocketSettings settings() {
    return settings;
  }

  /// A parser for the client's frames, made anew whenever nothing is incomplete.
  WebSocketParser parser() {
    int bytes = settings.frameBytes();
    int fragments = settings.fragments();
    return deflated == null
        ? WebSocketParser.ofClientFrames(bytes, fragments)
        : WebSocketParser.ofCompressedClientFrames(bytes, fragments, deflated.inflation());
  }

  void onText(ByteBuf buf, int offset, int length) {
    onCommand(buf, offset, length);
  }

  void onBinary(ByteBuf buf, int offset, int length) {
    close(CloseReason.UNSUPPORTED_DATA);
  }

  /// @param code of the peer's close frame, or [WebSocketParser#NO_CODE]
  void onPeerClose(int code) {
    close(CloseReason.NORMAL);
  }

  /// The socket is gone.
  void released() {}

  /// A whole message, ping or pong shows that the peer lives. Bytes alone don't: half a frame may
  /// drip for ever.
  final void heard() {
    unanswered = 0;
  }

  /// Begins to serve it; without an identity the client authenticates by command.
  final void open(@Nullable Identity identity) {
    watch(identity);
    greet();
    if (identity != null && identity() == null) {
      close(CloseReason.TOO_MANY_CONNECTIONS);
      return;
    }
    tellIfDegraded();
  }

  /// The first that is said, to whomever.
  void greet() {
    reply(200, welcome());
  }

  @Override
  public final void reply(int status, ByteBuf json) {
    int length = json.readableBytes();
    ByteBuf frame = channel().alloc().directBuffer(length + WebSocketFrames.headerLength(length));
    WebSocketFrames.writeText(frame, json, json.readerIndex(), length);
    json.release();
    send(frame);
  }

  @Override
  protected void control(ByteBuf json) {
    reply(200, json);
  }

  @Override
  protected long heartbeatNanos() {
    return settings.pingNanos();
  }

  @Override
  protected boolean beat() {
    if (unanswered >= settings.missedPongs()) {
      metrics().count(Counter.PONGS_MISSED);
      close(CloseReason.PONG_TIMEOUT);
      return false;
    }
    unanswered++;
    metrics().count(Counter.HEARTBEATS_SENT);
    sendIfFree(PING.retainedDuplicate());
    return true;
  }

  @Override
  protected @Nullable ByteBuf goodbye(CloseReason reason) {
    ByteBuf out = channel().alloc().directBuffer(512);
    if (reason != CloseReason.NORMAL) {
      ByteBuf json = closeControl(reason, shard().retryAfterMillis(reason));
      WebSocketFrames.writeText(out, json, json.readerIndex(), json.readableBytes());
      json.release();
    }
    WebSocketFrames.writeClose(out, reason);
    return out;
  }

  private static ByteBuf ping() {
    ByteBuf frame = Unpooled.directBuffer(2, 2);
    WebSocketFrames.writePing(frame);
    return Unpooled.unreleasableBuffer(frame.asReadOnly());
  }
}
