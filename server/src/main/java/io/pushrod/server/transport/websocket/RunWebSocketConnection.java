package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.channel.Channel;
import io.pushrod.server.dialect.DockrionEvents;
import io.pushrod.server.dialect.DockrionEvents.Shape;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.runs.RunStream;
import io.pushrod.server.surface.runs.ViewerCommands;
import org.jspecify.annotations.Nullable;

/// A WebSocket of one run. Its client may cancel the run and ping; the rest is fixed by its
/// address.
///
/// **Thread:** its shard.
final class RunWebSocketConnection extends WebSocketConnection {
  private static final String TIMEOUT = "{\"type\":\"timeout\",\"message\":\"Connection timeout\"}";

  private final RunStream stream;
  private final EventFormat events;
  private final long limitNanos;

  RunWebSocketConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      WebSocketSettings settings,
      @Nullable DeflatedFormat deflated,
      RenderedTextFormats formats,
      RunStream stream) {
    super(channel, shard, surface, settings, deflated);
    this.stream = stream;
    this.events =
        formats.of(
            shard.index(), frames(), Shape.MANAGED, false, () -> new DockrionEvents(Shape.MANAGED));
    this.limitNanos = stream.limitNanos() == 0 ? NEVER : shard.nowNanos() + stream.limitNanos();
  }

  @Override
  public EventFormat format() {
    return events;
  }

  @Override
  void onText(ByteBuf buf, int offset, int length) {
    ViewerCommands.execute(stream, this, buf, offset, length);
  }

  @Override
  public void onSealed(Subscription subscription) {
    stream.onSealed(subscription);
  }

  @Override
  protected long limitNanos() {
    return limitNanos;
  }

  @Override
  protected void onLimit() {
    if (stream.endByLimit()) {
      control(ByteBufUtil.writeUtf8(channel().alloc(), TIMEOUT));
      finish();
    }
  }

  @Override
  void released() {
    stream.released();
  }
}
