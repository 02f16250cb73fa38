package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.route.Farewell;
import io.pushrod.server.surface.route.Opening;
import io.pushrod.server.surface.route.Talk;
import io.pushrod.server.surface.route.Voice;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// An event stream of a surface: what is said on it is said by a conversation.
///
/// **Thread:** its shard.
final class SurfaceSseConnection extends SseConnection implements Voice {
  private final Talk talk;
  private final EventFormat events;

  SurfaceSseConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      SseSettings settings,
      SseFormat form,
      RenderedEventFormats formats,
      Opening opening) {
    super(channel, shard, surface, settings, ThreadLocalRandom.current().nextLong(), form);
    this.talk = opening.talk(this, this);
    this.events =
        talk.isShared()
            ? formats.of(shard.index(), form, talk.vocabulary(), talk::renderer)
            : new RenderedEventFormat(form, talk.renderer());
  }

  /// Begins, once its head was sent.
  void begin(@Nullable Identity who) {
    watch(who);
    if (who != null && identity() == null) {
      close(CloseReason.TOO_MANY_CONNECTIONS);
    } else {
      talk.onOpen();
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
  protected void control(ByteBuf json) {
    json.release();
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
    ByteBuf text = channel().alloc().directBuffer(json.readableBytes() + 64);
    RenderedEventFormat.writeNamed(text, id, name, json);
    json.release();
    send(framed(text));
  }

  @Override
  public EventFormat framed(EventRenderer renderer) {
    return new RenderedEventFormat(form(), renderer);
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

  @Override
  protected boolean beat() {
    return talk.beat() ? super.beat() : !isClosing();
  }

  /// What the dialect says last, and when to come back, which reaches no application.
  @Override
  void writeFarewell(ByteBuf text, CloseReason reason) {
    if (reason.reconnect()) {
      long after = Math.max(1, shard().retryAfterMillis(reason));
      SseWriter.writeRetry(text, after);
      text.writeByte('\n');
    }
    Farewell farewell = talk.farewell(reason);
    String json = farewell == null ? null : farewell.json();
    if (farewell != null && json != null) {
      ByteBuf bytes = ByteBufUtil.writeUtf8(channel().alloc(), json);
      RenderedEventFormat.writeNamed(text, farewell.name(), bytes);
      bytes.release();
    }
  }

  @Override
  void released() {
    talk.onEnd();
  }
}
