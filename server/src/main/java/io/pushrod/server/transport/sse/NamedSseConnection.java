package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.surface.NativeSurface;

/// An event stream whose clients take whatever has no name for an event of theirs: controls come as
/// `event: control`, and nothing is said at a good end.
///
/// **Thread:** its shard.
class NamedSseConnection extends SseConnection {
  NamedSseConnection(
      Channel channel,
      Shard shard,
      NativeSurface surface,
      SseSettings settings,
      long number,
      SseFormat form) {
    super(channel, shard, surface, settings, number, form);
  }

  @Override
  final void writeControl(ByteBuf text, ByteBuf json) {
    RenderedEventFormat.writeNamed(text, "control", json);
    json.release();
  }

  @Override
  final void writeFarewell(ByteBuf text, CloseReason reason) {
    if (reason != CloseReason.NORMAL) {
      super.writeFarewell(text, reason);
    }
  }
}
