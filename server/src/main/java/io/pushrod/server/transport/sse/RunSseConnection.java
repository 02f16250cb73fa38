package io.pushrod.server.transport.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.pushrod.server.dialect.DockrionEvents.Shape;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.runs.RunStream;

/// An event stream of one run.
///
/// **Thread:** its shard.
final class RunSseConnection extends NamedSseConnection {
  private static final ByteBuf TIMEOUT =
      Unpooled.unreleasableBuffer(
          Unpooled.wrappedBuffer("{\"message\":\"Connection timeout\"}".getBytes(US_ASCII))
              .asReadOnly());

  private final RunStream stream;
  private final EventFormat events;
  private final long limitNanos;

  RunSseConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      SseSettings settings,
      long number,
      SseFormat form,
      EventFormat events,
      RunStream stream) {
    super(channel, shard, surface, settings, number, form);
    this.stream = stream;
    this.events = events;
    this.limitNanos = stream.limitNanos() == 0 ? NEVER : shard.nowNanos() + stream.limitNanos();
  }

  @Override
  public EventFormat format() {
    return events;
  }

  /// The id and when to come back, which reach no application.
  @Override
  void writeGreeting(ByteBuf text) {
    if (stream.shape() == Shape.MANAGED) {
      writeResumption(text);
      text.writeByte('\n');
    }
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
      ByteBuf text = channel().alloc().directBuffer(64);
      RenderedEventFormat.writeNamed(text, "timeout", TIMEOUT);
      send(framed(text));
      finish();
    }
  }

  @Override
  void released() {
    stream.released();
  }
}
