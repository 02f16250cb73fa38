package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TopicName;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import org.jspecify.annotations.Nullable;

/// Walks the events of a [Publish] without an object per event. Reusable.
///
/// Offsets are absolute indexes into the frame's buffer. Structure is checked event by event as
/// [#next()] reaches it, so the events before a broken one have been seen when the exception comes.
/// Values are not checked: a topic may be empty or hold any byte, a type may be up to 255 bytes, a
/// payload may be no JSON.
///
/// After [#reset], before the first [#next()] and after it returned false, the accessors of an
/// event mean nothing.
public final class PublishReader {
  private final int[] topicOffsets = new int[TopicName.MAX_TOPICS];
  private final int[] topicLengths = new int[TopicName.MAX_TOPICS];
  private final int[] idOffsets = new int[IdField.COUNT];
  private final int[] idLengths = new int[IdField.COUNT];

  private @Nullable ByteBuf in;
  private int end;
  private int at;
  private int left;
  private long sequence;

  private int eventOffset;
  private int topicCount;
  private int typeOffset;
  private int typeLength;
  private int classHint;
  private long timestampMillis;
  private int idMask;
  private int idsOffset;
  private int idsLength;
  private int payloadOffset;
  private int payloadLength;

  /// Starts before the first event of `frame`. Its buffer must stay as it is until the last event
  /// was read.
  public PublishReader reset(Publish frame) {
    in = frame.buffer();
    at = frame.offset();
    end = at + frame.length();
    left = frame.count();
    sequence = frame.firstSequence() - 1;
    return this;
  }

  /// Moves to the next event.
  ///
  /// @return false after the last one
  /// @throws io.pushrod.codec.ProtocolException `PROTOCOL_ERROR` for an event that is cut,
  ///   miscounted or out of order, and for bytes after the last one
  public boolean next() {
    ByteBuf buffer = in;
    if (buffer == null) {
      return false;
    }
    if (left == 0) {
      in = null;
      if (at != end) {
        throw FrameBody.bad("publish", (end - at) + " bytes too many", "none after the last event");
      }
      return false;
    }
    left--;
    sequence++;
    eventOffset = at;
    int position = type(buffer, topics(buffer, at));
    need(position, 10, "event");
    classHint = buffer.getByte(position);
    if (classHint < 0 || classHint > EventClass.SIGNAL.ordinal() + 1) {
      throw FrameBody.bad("class hint", Integer.toString(classHint & 0xff), "0-5");
    }
    timestampMillis = buffer.getLong(position + 1);
    if (timestampMillis < 0) {
      throw FrameBody.bad("timestamp", Long.toUnsignedString(timestampMillis), "below 2^63");
    }
    at = payload(buffer, ids(buffer, position + 9));
    return true;
  }

  private int topics(ByteBuf buffer, int from) {
    need(from, 1, "topic count");
    int count = buffer.getUnsignedByte(from);
    if (count == 0 || count > TopicName.MAX_TOPICS) {
      throw FrameBody.bad("topic count", Integer.toString(count), "1-" + TopicName.MAX_TOPICS);
    }
    topicCount = count;
    int position = from + 1;
    for (int i = 0; i < count; i++) {
      need(position, 1, "topic");
      int length = buffer.getUnsignedByte(position++);
      need(position, length, "topic");
      topicOffsets[i] = position;
      topicLengths[i] = length;
      position += length;
    }
    return position;
  }

  private int type(ByteBuf buffer, int from) {
    need(from, 1, "type");
    typeLength = buffer.getUnsignedByte(from);
    typeOffset = from + 1;
    need(typeOffset, typeLength, "type");
    return typeOffset + typeLength;
  }

  /// Reads the ids; that there is a byte at `from` is known.
  private int ids(ByteBuf buffer, int from) {
    int count = buffer.getUnsignedByte(from);
    int position = from + 1;
    idsOffset = position;
    int mask = 0;
    int previous = 0;
    for (int i = 0; i < count; i++) {
      need(position, 2, "id");
      int code = buffer.getUnsignedByte(position);
      if (code <= previous || code > IdField.COUNT) {
        throw FrameBody.bad("id code", code + " after " + previous, "1-7 in ascending order");
      }
      previous = code;
      int length = buffer.getUnsignedByte(position + 1);
      position += 2;
      need(position, length, "id");
      idOffsets[code - 1] = position;
      idLengths[code - 1] = length;
      mask |= 1 << (code - 1);
      position += length;
    }
    idMask = mask;
    idsLength = position - idsOffset;
    return position;
  }

  private int payload(ByteBuf buffer, int from) {
    need(from, 4, "payload length");
    long length = buffer.getUnsignedInt(from);
    payloadOffset = from + 4;
    if (length > end - payloadOffset) {
      throw FrameBody.bad(
          "payload length", Long.toString(length), "<= " + (end - payloadOffset) + " bytes left");
    }
    payloadLength = (int) length;
    return payloadOffset + payloadLength;
  }

  private void need(int position, int bytes, String name) {
    if (end - position < bytes) {
      throw FrameBody.bad(name, (end - position) + " bytes left", "at least " + bytes);
    }
  }

  /// The producer sequence of this event.
  public long sequence() {
    return sequence;
  }

  public int eventOffset() {
    return eventOffset;
  }

  /// What this event counts for in the window and against the greatest event: all its bytes, topics
  /// and ids included.
  public int eventLength() {
    return at - eventOffset;
  }

  /// 1–8.
  public int topicCount() {
    return topicCount;
  }

  public int topicOffset(int index) {
    return topicOffsets[index];
  }

  /// 0–255.
  public int topicLength(int index) {
    return topicLengths[index];
  }

  public int typeOffset() {
    return typeOffset;
  }

  /// 0–255.
  public int typeLength() {
    return typeLength;
  }

  /// 0 for none, else the ordinal of an [EventClass] plus 1.
  public int classHint() {
    return classHint;
  }

  /// 0 for the server's clock.
  public long timestampMillis() {
    return timestampMillis;
  }

  /// Where the region of all ids starts: for each `u8 code, u8 length, bytes`, codes ascending.
  public int idsOffset() {
    return idsOffset;
  }

  public int idsLength() {
    return idsLength;
  }

  /// Bit `code - 1` is set for each id that is there.
  public int idMask() {
    return idMask;
  }

  /// @param code 1–7, of an id that is in [#idMask()]
  public int idOffset(int code) {
    return idOffsets[code - 1];
  }

  /// 0–255.
  ///
  /// @param code 1–7, of an id that is in [#idMask()]
  public int idLength(int code) {
    return idLengths[code - 1];
  }

  public int payloadOffset() {
    return payloadOffset;
  }

  /// 0 means `{}`.
  public int payloadLength() {
    return payloadLength;
  }
}
