package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TopicName;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Appends one publish frame to a buffer, event by event. Reusable; nothing else may be written to
/// the buffer between [#begin] and [#end].
public final class PublishWriter {
  /// What a publish frame needs beside its events, the length field included.
  public static final int OVERHEAD_BYTES = IngestFrame.LENGTH_BYTES + 1 + Long.BYTES + Short.BYTES;

  private @Nullable ByteBuf out;
  private int start;
  private int count;

  /// @param firstSequence producer sequence of the first event that will be added
  public void begin(ByteBuf out, long firstSequence) {
    if (this.out != null) {
      throw new IllegalStateException("publish: open (expected: ended)");
    }
    this.out = out;
    start = out.writerIndex();
    count = 0;
    out.writeInt(0).writeByte(FrameType.PUBLISH).writeLong(firstSequence).writeShort(0);
  }

  /// Adds an event that [#event] has encoded.
  ///
  /// @param event its readable bytes; neither read nor released
  public void add(ByteBuf event) {
    open().writeBytes(event, event.readerIndex(), event.readableBytes());
    if (++count > IngestFrame.MAX_PUBLISH_EVENTS) {
      throw new IllegalStateException("event count: " + count + " (expected: <= 65535)");
    }
  }

  /// Events added since [#begin].
  public int count() {
    return count;
  }

  /// The frame's bytes so far, the length field included.
  public int frameBytes() {
    return open().writerIndex() - start;
  }

  /// Completes the frame, which must hold an event.
  public void end() {
    ByteBuf buffer = open();
    if (count == 0) {
      throw new IllegalStateException("event count: 0 (expected: >= 1)");
    }
    buffer.setInt(start, buffer.writerIndex() - start - IngestFrame.LENGTH_BYTES);
    buffer.setShort(start + IngestFrame.LENGTH_BYTES + 1 + Long.BYTES, count);
    out = null;
  }

  private ByteBuf open() {
    if (out == null) {
      throw new IllegalStateException("publish: ended (expected: open)");
    }
    return out;
  }

  /// Appends one event as a publish frame holds it. Only what the format cannot express is refused.
  ///
  /// @param topics 1–8 names
  /// @param hint how to treat a type that the server does not know, or null
  /// @param timestampMillis since 1970, or 0 for the server's clock
  /// @param payload a JSON value; empty for `{}`
  /// @throws IllegalArgumentException for a count or length that has no room in its field; `out` is
  ///   unchanged then
  public static void event(
      ByteBuf out,
      List<String> topics,
      String type,
      @Nullable EventClass hint,
      long timestampMillis,
      Map<IdField, String> ids,
      byte[] payload) {
    if (topics.isEmpty() || topics.size() > TopicName.MAX_TOPICS) {
      throw new IllegalArgumentException("topics: " + topics.size() + " (expected: 1-8)");
    }
    if (timestampMillis < 0) {
      throw new IllegalArgumentException("timestamp: " + timestampMillis + " (expected: >= 0)");
    }
    int start = out.writerIndex();
    try {
      out.writeByte(topics.size());
      for (String topic : topics) {
        shortText(out, topic, "topic");
      }
      shortText(out, type, "type");
      out.writeByte(hint == null ? 0 : hint.ordinal() + 1);
      out.writeLong(timestampMillis);
      ids(out, ids);
    } catch (IllegalArgumentException e) {
      out.writerIndex(start);
      throw e;
    }
    out.writeInt(payload.length).writeBytes(payload);
  }

  static void ids(ByteBuf out, Map<IdField, String> ids) {
    out.writeByte(ids.size());
    if (ids.isEmpty()) {
      return;
    }
    for (IdField field : IdField.values()) {
      String value = ids.get(field);
      if (value != null) {
        out.writeByte(field.code());
        shortText(out, value, field.label());
      }
    }
  }

  /// Writes `u8 length, bytes`.
  static void shortText(ByteBuf out, String text, String name) {
    int lengthAt = out.writerIndex();
    out.writeByte(0);
    int bytes = ByteBufUtil.writeUtf8(out, text);
    if (bytes > 255) {
      throw new IllegalArgumentException(name + ": " + bytes + " bytes (expected: <= 255)");
    }
    out.setByte(lengthAt, bytes);
  }
}
