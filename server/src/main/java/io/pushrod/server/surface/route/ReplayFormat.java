package io.pushrod.server.surface.route;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;

/// Frames what was stored before a subscription began in one way, and what follows in another.
///
/// **Thread:** the shard of its one reader.
final class ReplayFormat implements EventFormat {
  private final long until;
  private final EventFormat stored;
  private final EventFormat live;

  /// @param until the last sequence that was stored before
  /// @param live of the same kind of frames; neither joins events
  ReplayFormat(long until, EventFormat stored, EventFormat live) {
    this.until = until;
    this.stored = stored;
    this.live = live;
  }

  @Override
  public boolean isLogForm() {
    return false;
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    EventFormat format = sequence >= 0 && sequence <= until ? stored : live;
    format.append(out, log, sequence, source, offset, length);
  }
}
