package io.pushrod.server.log;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Older events of a log that were read back from its store, a page each, for as long as somebody
/// may read them.
///
/// **Thread:** the log's owner; [#acquire] and [#has] any.
final class LogPages {
  /// That are kept at a time.
  private static final int MAX_PAGES = 16;

  private static final long KEPT_MILLIS = 5_000;

  private final LogContext context;
  private final EventEncoder.LogParts parts;

  /// The one added first is first.
  private volatile Segment[] pages = {};

  /// When the last one was seen by [#expire] first; 0 until then.
  private long addedMillis;

  LogPages(LogContext context, EventEncoder.LogParts parts) {
    this.context = context;
    this.parts = parts;
  }

  /// As [TopicLog#addPage] does.
  ///
  /// @param segments gives the page
  boolean add(long first, List<Publication> events, long appendedMillis, LogSegments segments) {
    EventEncoder encoder = context.encoder();
    int capacity = 0;
    for (int i = 0; i < events.size(); i++) {
      Publication event = events.get(i);
      capacity += encoder.encode(parts, first + i, event, event.timestampMillis);
    }
    if (!reserve(capacity)) {
      return false;
    }
    Segment page = segments.allocate(capacity, first, appendedMillis);
    for (int i = 0; i < events.size(); i++) {
      Publication event = events.get(i);
      int length = encoder.encode(parts, first + i, event, event.timestampMillis);
      encoder.copyTo(page.bytes(), page.writeOffset(), event);
      page.add(length, event.type, appendedMillis);
    }
    page.publish(first + events.size() - 1);
    add(page);
    return true;
  }

  private boolean reserve(int bytes) {
    if (context.memory().reserve(bytes, false)) {
      return true;
    }
    drop(_ -> true);
    return context.memory().reserve(bytes, false);
  }

  private void add(Segment page) {
    Segment[] all = pages;
    if (all.length == MAX_PAGES) {
      all[0].release();
      all = Arrays.copyOfRange(all, 1, all.length);
    }
    Segment[] next = Arrays.copyOf(all, all.length + 1);
    next[all.length] = page;
    pages = next;
    addedMillis = 0;
  }

  /// Drops all some seconds after the last came.
  void expire(long nowMillis) {
    if (pages.length == 0) {
      return;
    }
    if (addedMillis == 0) {
      addedMillis = nowMillis;
    } else if (nowMillis - addedMillis > KEPT_MILLIS) {
      drop(_ -> true);
    }
  }

  void drop(Predicate<Segment> which) {
    Segment[] all = pages;
    if (all.length > 0) {
      pages = Arrays.stream(all).filter(which.negate()).toArray(Segment[]::new);
      Arrays.stream(all).filter(which).forEach(Segment::release);
    }
  }

  /// The page that has `sequence`, with a reference that the caller releases; null for none.
  @Nullable Segment acquire(long sequence) {
    Segment[] all = pages;
    for (int i = all.length - 1; i >= 0; i--) {
      if (has(all[i], sequence) && all[i].tryRetain()) {
        return all[i];
      }
    }
    return null;
  }

  boolean has(long sequence) {
    for (Segment page : pages) {
      if (has(page, sequence)) {
        return true;
      }
    }
    return false;
  }

  private static boolean has(Segment page, long sequence) {
    return page.firstSequence() <= sequence && sequence <= page.lastSequence();
  }
}
