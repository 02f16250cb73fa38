package io.pushrod.server.surface.route;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.hub.Lookback;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.ShelvedEvent;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFilter;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds the latest event that a filter admits, as a snapshot of what a topic is about.
///
/// **Thread:** the shard that asks, where the answer comes too.
public final class LatestEvent {
  private LatestEvent() {}

  /// Finds it among all events. Time grows with the events that were published after it.
  ///
  /// @param found gets its native JSON, or null when there is none
  static void find(
      Shard shard, TopicLog log, EventFilter filter, Consumer<@Nullable String> found) {
    find(shard, log, filter, 0, _ -> true, found);
  }

  /// Finds it among the events behind a sequence that are `wanted` by their JSON: in memory, and in
  /// up to [Lookback#MOST_PAGES] pages of the store. Older ones are not found, and count as none.
  ///
  /// @param found gets its native JSON, or null when there is none
  public static void find(
      Shard shard,
      TopicLog log,
      EventFilter filter,
      long after,
      Predicate<String> wanted,
      Consumer<@Nullable String> found) {
    @Nullable String[] latest = new @Nullable String[1];
    Lookback.find(
        shard,
        log,
        after,
        (segment, index) -> {
          if (!filter.admits(segment.type(index))) {
            return false;
          }
          latest[0] = json(segment, index);
          return wanted.test(latest[0]);
        },
        (sequence, complete) -> {
          if (sequence > 0) {
            found.accept(latest[0]);
          } else {
            found.accept(complete ? shelved(log, filter, after, wanted) : null);
          }
        });
  }

  private static String json(Segment segment, int index) {
    int start = segment.start(index);
    int json = start + FrameLayout.headerLength(segment.bytes(), start);
    return segment.bytes().toString(json, segment.endOf(index) - json, UTF_8);
  }

  /// Beginnings and ends are kept longer than the rest.
  private static @Nullable String shelved(
      TopicLog log, EventFilter filter, long after, Predicate<String> wanted) {
    List<ShelvedEvent> kept = log.shelved(after, log.firstSequence());
    for (ShelvedEvent event : kept.reversed()) {
      if (filter.admits(event.type())) {
        ByteBuf frame = Unpooled.wrappedBuffer(event.frame());
        int head = FrameLayout.headerLength(frame, 0);
        String json = frame.toString(head, frame.readableBytes() - head, UTF_8);
        if (wanted.test(json)) {
          return json;
        }
      }
    }
    return null;
  }
}
