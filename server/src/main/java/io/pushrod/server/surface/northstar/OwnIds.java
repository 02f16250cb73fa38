package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;

/// Finds messages by ids that their publishers gave them.
///
/// **Thread:** any.
final class OwnIds {
  private static final byte[] DATA = "data".getBytes(UTF_8);
  private static final byte[] ID = "id".getBytes(UTF_8);
  private static final int MAX_LENGTH = 255;

  private OwnIds() {}

  /// Looks through the newest events for one whose `data` has that `id`.
  ///
  /// @param most events that are looked at
  /// @return its sequence, or 0 when none of them has it
  static long find(TopicLog log, String id, int most) {
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      return 0;
    }
    long sequence = log.lastSequence();
    long until = Math.max(sequence - most, 0);
    while (sequence > until) {
      Segment segment = log.acquire(sequence);
      if (segment == null) {
        return 0;
      }
      try {
        long first = Math.max(segment.firstSequence(), Math.max(log.firstSequence(), until + 1));
        for (; sequence >= first; sequence--) {
          if (has(segment, (int) (sequence - segment.firstSequence()), id)) {
            return sequence;
          }
        }
      } finally {
        segment.release();
      }
    }
    return 0;
  }

  private static boolean has(Segment segment, int index, String id) {
    int start = segment.start(index);
    ByteBuf bytes = segment.bytes();
    int json = start + FrameLayout.headerLength(bytes, start);
    JsonMembers event = new JsonMembers().reset(bytes, json, segment.endOf(index) - json);
    while (event.next()) {
      if (event.nameEquals(DATA)
          && JsonMembers.isObject(bytes, event.valueOffset(), event.valueLength())) {
        return hasId(bytes, event.valueOffset(), event.valueLength(), id);
      }
    }
    return false;
  }

  private static boolean hasId(ByteBuf bytes, int offset, int length, String id) {
    JsonMembers data = new JsonMembers().reset(bytes, offset, length);
    while (data.next()) {
      if (data.nameEquals(ID) && bytes.getByte(data.valueOffset()) == '"') {
        return JsonStrings.decode(bytes, data.valueOffset(), data.valueLength()).equals(id);
      }
    }
    return false;
  }
}
