package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;
import org.jspecify.annotations.Nullable;

/// Events in another vocabulary than the native one, all that are read at once as one text frame
/// with an array. One that comes alone, as behind a gap, is an array of one.
///
/// **Thread:** the shard.
final class ArrayTextFormat implements EventFormat {
  private final EventFormat frames;
  private final EventRenderer events;

  /// The array that is being written.
  private final ByteBuf array = Unpooled.buffer(4096);

  private boolean open;

  /// Whose events it holds; null for none.
  private @Nullable TopicLog of;

  /// @param frames of the same shard, or of all
  ArrayTextFormat(EventFormat frames, EventRenderer events) {
    this.frames = frames;
    this.events = events;
  }

  @Override
  public boolean isLogForm() {
    return false;
  }

  @Override
  public boolean isJoined() {
    return true;
  }

  @Override
  public void beginJoined(ByteBuf out) {
    array.clear();
    of = null;
    open = true;
  }

  @Override
  public void endJoined(ByteBuf out) {
    open = false;
    if (of != null) {
      write(out, of);
    }
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    if (!events.render(log.epoch(), sequence, source, offset, length)) {
      return;
    }
    if (!open) {
      array.clear();
    }
    ByteBuf json = events.json();
    array.writeByte(array.writerIndex() == 0 ? '[' : ',');
    array.writeBytes(json, json.readerIndex(), json.readableBytes());
    of = log;
    if (!open) {
      write(out, log);
    }
  }

  private void write(ByteBuf out, TopicLog log) {
    array.writeByte(']');
    frames.append(out, log, NO_SEQUENCE, array, 0, array.writerIndex());
  }
}
