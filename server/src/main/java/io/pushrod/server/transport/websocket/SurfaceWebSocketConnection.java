package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Opening;
import io.pushrod.server.surface.route.Talk;
import io.pushrod.server.surface.route.Voice;
import org.jspecify.annotations.Nullable;

/// A WebSocket of a surface: what is said on it is said by a conversation.
///
/// **Thread:** its shard.
final class SurfaceWebSocketConnection extends WebSocketConnection implements Voice {
  private final Talk talk;
  private final EventFormat events;
  private @Nullable BatchWindow window;

  SurfaceWebSocketConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      WebSocketSettings settings,
      @Nullable DeflatedFormat deflated,
      RenderedTextFormats formats,
      Opening opening) {
    super(channel, shard, surface, settings, deflated);
    this.talk = opening.talk(this, this);
    long batchMillis = opening.row().config().batchMillis();
    EventFormat frames = frames();
    if (talk.isShared()) {
      this.events =
          formats.of(shard.index(), frames, talk.vocabulary(), batchMillis > 0, talk::renderer);
    } else {
      this.events = RenderedTextFormats.make(frames, batchMillis > 0, talk.renderer());
    }
    if (batchMillis > 0) {
      this.window = new BatchWindow(this, shard, batchMillis);
    }
  }

  /// Begins, once it is open.
  void begin() {
    talk.onOpen();
    if (window != null && !isClosing()) {
      window.begin();
    }
  }

  @Override
  public long lagEvents() {
    return talk.lagEvents(super.lagEvents());
  }

  @Override
  public long lagBytes() {
    return talk.lagBytes(super.lagBytes());
  }

  @Override
  public EventFormat format() {
    return events;
  }

  @Override
  void greet() {}

  @Override
  protected void control(ByteBuf json) {
    json.release();
  }

  @Override
  void onText(ByteBuf buf, int offset, int length) {
    talk.onText(buf, offset, length);
  }

  @Override
  void onBinary(ByteBuf buf, int offset, int length) {
    talk.onBinary(buf, offset, length);
  }

  @Override
  public void onCaughtUp(Subscription subscription) {
    talk.onCaughtUp(subscription);
  }

  @Override
  public void onUnsubscribed(String topic, ErrorCode code, @Nullable Cursor cursor) {
    talk.onRefused(topic, code);
  }

  @Override
  public void say(String name, @Nullable String id, ByteBuf json) {
    reply(200, json);
  }

  @Override
  public EventFormat framed(EventRenderer renderer) {
    return RenderedTextFormats.make(frames(), false, renderer);
  }

  @Override
  protected long limitNanos() {
    return talk.wakeNanos();
  }

  @Override
  protected void onLimit() {
    talk.onDue();
  }

  @Override
  protected long heartbeatNanos() {
    return talk.beatNanos(super.heartbeatNanos());
  }

  /// A PING in any case, as it finds peers that are gone; what the dialect says comes on top.
  @Override
  protected boolean beat() {
    if (!super.beat()) {
      return false;
    }
    var _ = talk.beat();
    return !isClosing();
  }

  @Override
  protected @Nullable ByteBuf goodbye(CloseReason reason) {
    Farewell farewell = talk.farewell(reason);
    return farewell == null
        ? written(channel(), Farewell.of(reason.code(), reason.text()))
        : written(channel(), farewell);
  }

  static ByteBuf written(Channel channel, Farewell farewell) {
    ByteBuf out = channel.alloc().directBuffer(256);
    String json = farewell.json();
    if (json != null) {
      ByteBuf text = ByteBufUtil.writeUtf8(channel.alloc(), json);
      WebSocketFrames.writeText(out, text, text.readerIndex(), text.readableBytes());
      text.release();
    }
    WebSocketFrames.writeClose(out, farewell.code(), farewell.text());
    return out;
  }

  @Override
  void released() {
    if (window != null) {
      window.end();
    }
    talk.onEnd();
  }
}
