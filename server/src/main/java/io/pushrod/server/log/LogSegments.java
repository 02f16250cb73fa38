package io.pushrod.server.log;

import io.pushrod.codec.EventClass;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The events of a log that are in memory, as segments from the oldest to the one that takes the
/// next event, and what of them is too much.
///
/// **Thread:** the log's owner; [#locate] any.
/* The list is published as a fresh array whenever a segment is added or dropped. Segments double from 2 KiB to 128 KiB
 * as a topic gets busy, so a quiet topic costs little and a busy one gives long contiguous writes. */
final class LogSegments {
  private static final int SMALLEST_BYTES = 2 * 1024;
  private static final int LARGEST_BYTES = 128 * 1024;
  private static final Segment[] NONE = {};

  /// What is younger is kept under pressure too, so that readers who keep up miss nothing.
  private static final long YOUNG_MILLIS = 1_000;

  private final LogContext context;
  private volatile Segment[] segments = NONE;

  /// Bytes of the log before the next event.
  private long tailPosition;

  LogSegments(LogContext context) {
    this.context = context;
  }

  int count() {
    return segments.length;
  }

  // What comes.

  /// The segment that takes the next event; null when there is no memory for it.
  @Nullable Segment tailFor(int length, long sequence, long nowMillis, boolean sacred) {
    Segment[] all = segments;
    if (all.length > 0 && all[all.length - 1].fits(length, nowMillis)) {
      return all[all.length - 1];
    }
    int wanted =
        all.length == 0
            ? SMALLEST_BYTES
            : Math.min(2 * all[all.length - 1].capacity(), LARGEST_BYTES);
    int capacity = Math.max(wanted, length);
    if (!context.memory().reserve(capacity, sacred)) {
      capacity = Math.max(SMALLEST_BYTES, length);
      if (!context.memory().reserve(capacity, sacred)) {
        return null;
      }
    }
    Segment segment = allocate(capacity, sequence, nowMillis);
    Segment[] next = Arrays.copyOf(all, all.length + 1);
    next[all.length] = segment;
    segments = next;
    return segment;
  }

  /// A segment behind the last event, which is in no list yet.
  ///
  /// @param capacity bytes that were reserved; they go back if this fails
  Segment allocate(int capacity, long sequence, long nowMillis) {
    try {
      return new Segment(
          context.allocator(), context.memory(), capacity, sequence, tailPosition, nowMillis);
    } catch (RuntimeException | OutOfMemoryError e) {
      context.memory().release(capacity);
      throw e;
    }
  }

  /// Takes the event whose bytes were put into `tail`, which [#tailFor] gave.
  void add(Segment tail, int length, EventType type, long nowMillis) {
    tail.add(length, type, nowMillis);
    tailPosition += length;
  }

  /// Makes events readable up to `sequence`.
  ///
  /// @param before the last one that is
  void publish(long sequence, long before) {
    Segment[] all = segments;
    for (int i = all.length - 1; i >= 0; i--) {
      if (all[i].firstSequence() <= sequence) {
        all[i].publish(sequence);
      }
      if (all[i].firstSequence() <= before) {
        break;
      }
    }
  }

  // What goes.

  /// The first event that retention keeps, `last + 1` for none.
  ///
  /// @param first the first that it kept so far
  /// @param isRead whether somebody reads the log
  /// @param shelf gets the lifecycle events before the one that is found
  long firstKept(long first, long last, long nowMillis, boolean isRead, LifecycleShelf shelf) {
    Segment[] all = segments;
    long kept = first;
    int at = 0;
    while (kept <= last) {
      Segment segment = all[at];
      if (kept > segment.lastSequence()) {
        at++;
        continue;
      }
      int index = (int) (kept - segment.firstSequence());
      Retention.Bound met = boundMet(segment, index, last - kept + 1, nowMillis, isRead);
      if (met == null) {
        break;
      }
      if (kept == first) {
        context.bound(met);
      }
      if (segment.type(index).eventClass() == EventClass.LIFECYCLE) {
        shelf.add(segment, index);
      }
      kept++;
    }
    return kept;
  }

  private Retention.@Nullable Bound boundMet(
      Segment segment, int index, long events, long nowMillis, boolean isRead) {
    Retention retention = context.retention();
    long bytes = tailPosition - segment.position(index);
    if (bytes > retention.bytes()) {
      return Retention.Bound.BYTES;
    }
    if (events > retention.events()) {
      return Retention.Bound.EVENTS;
    }
    long ageMillis = nowMillis - segment.appendedMillis(index);
    if (ageMillis > retention.ageMillis()) {
      return Retention.Bound.AGE;
    }
    return context.isSqueezed()
            && ageMillis >= YOUNG_MILLIS
            && bytes > context.squeezedBytes(isRead)
        ? Retention.Bound.MEMORY
        : null;
  }

  /// How many of the oldest segments have nothing from `sequence` on.
  int before(long sequence) {
    Segment[] all = segments;
    int count = 0;
    while (count < all.length && all[count].lastSequence() < sequence) {
      count++;
    }
    return count;
  }

  /// How many of the oldest need not be in memory, as a store has them.
  ///
  /// @param last what the store has
  int surplus(long last, boolean isRead) {
    Segment[] all = segments;
    long bytes = all.length == 0 ? 0 : tailPosition - all[0].position(0);
    long limit =
        context.isSqueezed()
            ? Math.min(context.residentBytes(), context.squeezedBytes(isRead))
            : context.residentBytes();
    int count = 0;
    while (count < all.length - 1
        && bytes > limit
        && all[count].lastSequence() < last
        && all[count + 1].firstSequence() <= last + 1) {
      bytes -= all[count].endPosition() - all[count].position(0);
      count++;
    }
    return count;
  }

  /// The first event behind the oldest `count` segments.
  ///
  /// @param next the sequence of the event that comes next
  long firstBehind(int count, long next) {
    Segment[] all = segments;
    return count == all.length ? next : all[count].firstSequence();
  }

  /// Drops the oldest; their memory goes with their last reader.
  void drop(int count) {
    if (count == 0) {
      return;
    }
    Segment[] all = segments;
    segments = Arrays.copyOfRange(all, count, all.length);
    for (int i = 0; i < count; i++) {
      all[i].release();
    }
  }

  // What is here.

  /// The sequence of the event that a producer published under `producerSequence`; 0 for none.
  ///
  /// @param slot the producer's
  long find(int slot, long producerSequence) {
    Segment[] all = segments;
    for (int i = all.length - 1; i >= 0; i--) {
      long sequence = all[i].find(slot, producerSequence);
      if (sequence != 0) {
        return sequence;
      }
    }
    return 0;
  }

  /// The segment that has `sequence`, if any has; to be retained before it is read. **Thread:**
  /// any.
  @Nullable Segment locate(long sequence) {
    Segment[] all = segments;
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (all[middle].firstSequence() > sequence) {
        high = middle - 1;
      } else {
        low = middle + 1;
      }
    }
    return high >= 0 ? all[high] : null;
  }
}
