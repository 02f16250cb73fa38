package io.pushrod.server.surface.route;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.ShelvedEvent;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFilter;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Finds the latest event that a filter admits, as a snapshot of what a topic is about.
public final class LatestEvent {
  private LatestEvent() {}

  /// The native JSON of the event, or null when there is none. Time grows with the events that were
  /// published after it.
  ///
  /// **Thread:** any.
  static @Nullable String find(TopicLog log, EventFilter filter) {
    return find(log, filter, 0, _ -> true);
  }

  /// The same among the events behind a sequence that are `wanted` by their JSON.
  ///
  /// **Thread:** any.
  public static @Nullable String find(
      TopicLog log, EventFilter filter, long after, Predicate<String> wanted) {
    long sequence = log.lastSequence();
    while (sequence > after) {
      Segment segment = log.acquire(sequence);
      if (segment == null) {
        break;
      }
      try {
        long first = Math.max(segment.firstSequence(), log.firstSequence());
        for (; sequence >= first && sequence > after; sequence--) {
          int index = (int) (sequence - segment.firstSequence());
          if (filter.admits(segment.type(index))) {
            String json = json(segment, index);
            if (wanted.test(json)) {
              return json;
            }
          }
        }
      } finally {
        segment.release();
      }
    }
    return sequence <= after ? null : shelved(log, filter, after, sequence, wanted);
  }

  private static String json(Segment segment, int index) {
    int start = segment.start(index);
    int json = start + FrameLayout.headerLength(segment.bytes(), start);
    return segment.bytes().toString(json, segment.endOf(index) - json, UTF_8);
  }

  /// Beginnings and ends are kept longer than the rest.
  private static @Nullable String shelved(
      TopicLog log, EventFilter filter, long after, long last, Predicate<String> wanted) {
    List<ShelvedEvent> kept = log.shelved(after, last + 1);
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
