package io.pushrod.server.log;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.EventClass;
import java.util.HashMap;
import java.util.Map;

/// An event as stores keep it: everything but its sequence, from which a log writes the same frame
/// again.
///
/// ```
/// u8  class in bits 0-3; 16 if it is the last of its topic; 32 if from it on some types are kept
/// i64 when it was appended, in milliseconds since 1970
/// i64 timestamp in the same unit
/// u8  length of the type, then the type in ASCII
/// u16 length of the ids, then the ids as a fragment of JSON
///     the payload: one line of JSON, up to the end of the record
/// ```
///
/// Numbers are big-endian. **Thread:** an instance, which interns types, belongs to one thread.
public final class EventRecord {
  public static final int SEALS = 16;
  public static final int KEEPS = 32;

  private static final int CLASS_MASK = 15;
  private static final int MAX_INTERNED = 4096;
  private static final EventClass[] CLASSES = EventClass.values();

  private final Map<String, EventType>[] types;

  @SuppressWarnings({"unchecked", "rawtypes"})
  public EventRecord() {
    types = new Map[CLASSES.length];
    for (int i = 0; i < types.length; i++) {
      types[i] = new HashMap<>();
    }
  }

  /// Appends the record of an event.
  public static void write(Publication event, long appendedMillis, ByteBuf out) {
    int head = event.type.eventClass().ordinal();
    LogRule rule = event.rule;
    if (rule != null) {
      head |=
          switch (rule) {
            case LogRule.Keep _ -> KEEPS;
            case LogRule.Seal() -> SEALS;
          };
    }
    out.writeByte(head);
    out.writeLong(appendedMillis);
    out.writeLong(event.timestampMillis == 0 ? appendedMillis : event.timestampMillis);
    out.writeByte(event.type.ascii.length);
    out.writeBytes(event.type.ascii);
    out.writeShort(event.ids.length);
    out.writeBytes(event.ids);
    out.writeBytes(event.source, event.offset, event.length);
  }

  public static boolean isLifecycle(ByteBuf in, int offset) {
    return CLASSES[in.getByte(offset) & CLASS_MASK] == EventClass.LIFECYCLE;
  }

  public static boolean seals(ByteBuf in, int offset) {
    return (in.getByte(offset) & SEALS) != 0;
  }

  public static boolean keeps(ByteBuf in, int offset) {
    return (in.getByte(offset) & KEEPS) != 0;
  }

  public static long appendedMillis(ByteBuf in, int offset) {
    return in.getLong(offset + 1);
  }

  /// The event of a record; its payload stays in `in`.
  ///
  /// @throws IllegalArgumentException if this is no record
  public Publication read(TopicKey key, ByteBuf in, int offset, int length) {
    try {
      int end = offset + length;
      int eventClass = in.getByte(offset) & CLASS_MASK;
      long timestampMillis = in.getLong(offset + 9);
      int typeLength = in.getUnsignedByte(offset + 17);
      int idsAt = offset + 18 + typeLength;
      int idsLength = in.getUnsignedShort(idsAt);
      int payload = idsAt + 2 + idsLength;
      if (eventClass >= CLASSES.length || payload >= end) {
        throw new IllegalArgumentException("record: torn (expected: class, type, ids, payload)");
      }
      byte[] ids = idsLength == 0 ? Publication.NO_IDS : new byte[idsLength];
      in.getBytes(idsAt + 2, ids);
      String name = in.toString(offset + 18, typeLength, ISO_8859_1);
      return new Publication(
          new TopicKey[] {key},
          type(name, eventClass),
          ids,
          timestampMillis,
          0,
          in,
          payload,
          end - payload);
    } catch (IndexOutOfBoundsException e) {
      throw new IllegalArgumentException("record: torn (expected: class, type, ids, payload)", e);
    }
  }

  private EventType type(String name, int eventClass) {
    Map<String, EventType> known = types[eventClass];
    if (known.size() > MAX_INTERNED) {
      known.clear();
    }
    return known.computeIfAbsent(name, n -> new EventType(n, CLASSES[eventClass]));
  }
}
