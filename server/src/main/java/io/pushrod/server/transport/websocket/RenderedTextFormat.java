package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;

/// Events in another vocabulary than the native one, one text frame each.
///
/// **Thread:** the shard.
final class RenderedTextFormat implements EventFormat {
  private final EventFormat frames;
  private final EventRenderer events;

  /// @param frames of the same shard, or of all
  RenderedTextFormat(EventFormat frames, EventRenderer events) {
    this.frames = frames;
    this.events = events;
  }

  @Override
  public boolean isLogForm() {
    return false;
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    if (events.render(log.epoch(), sequence, source, offset, length)) {
      ByteBuf json = events.json();
      frames.append(out, log, sequence, json, json.readerIndex(), json.readableBytes());
    }
  }
}
