package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.json.JsonStrings;
import io.pushrod.server.hub.Lookback;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;
import java.util.function.LongConsumer;

/// Finds messages by ids that their publishers gave them.
///
/// **Thread:** the shard that asks, where the answer comes too.
final class OwnIds {
  private static final byte[] DATA = "data".getBytes(UTF_8);
  private static final byte[] ID = "id".getBytes(UTF_8);
  private static final int MAX_LENGTH = 255;

  private OwnIds() {}

  /// Looks through the newest events for one whose `data` has that `id`: in memory, and in up to
  /// [Lookback#MOST_PAGES] pages of the store.
  ///
  /// @param most events that are looked at
  /// @param found gets its sequence, or 0 when none of them has it
  static void find(Shard shard, TopicLog log, String id, int most, LongConsumer found) {
    if (id.isEmpty() || id.length() > MAX_LENGTH) {
      found.accept(0);
      return;
    }
    Lookback.find(
        shard,
        log,
        Math.max(log.lastSequence() - most, 0),
        (segment, index) -> has(segment, index, id),
        (sequence, _) -> found.accept(sequence));
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
