package io.pushrod.server.transport.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.dialect.EventRenderer;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;
import org.jspecify.annotations.Nullable;

/// Events in another vocabulary than the native one: `event: <name>` and one line of data, with an
/// `id` before them where the vocabulary has one.
///
/// **Thread:** the shard.
final class RenderedEventFormat implements EventFormat {
  private static final byte[] ID = "id: ".getBytes(US_ASCII);

  private final SseFormat form;
  private final EventRenderer events;

  /// The event that is being written, before it is wrapped.
  private final ByteBuf text = Unpooled.buffer(1024);

  /// @param form of the same shard
  RenderedEventFormat(SseFormat form, EventRenderer events) {
    this.form = form;
    this.events = events;
  }

  @Override
  public boolean isLogForm() {
    return false;
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    if (!events.render(log.epoch(), sequence, source, offset, length)) {
      return;
    }
    text.clear().writeBytes(ID);
    events.writeId(text);
    if (text.writerIndex() == ID.length) {
      text.clear();
    } else {
      text.writeByte('\n');
    }
    writeNamed(text, events.name(), events.json());
    form.pack(out, text);
  }

  /// Appends an event with a name and perhaps an id.
  static void writeNamed(ByteBuf text, @Nullable String id, String name, ByteBuf json) {
    if (id != null) {
      SseWriter.writeId(text, id);
    }
    writeNamed(text, name, json);
  }

  /// Appends an event with a name.
  static void writeNamed(ByteBuf text, String name, ByteBuf json) {
    ByteBufUtil.writeAscii(text, "event: ");
    ByteBufUtil.writeAscii(text, name);
    text.writeByte('\n');
    SseWriter.writeEvent(text, json, json.readerIndex(), json.readableBytes());
  }
}
