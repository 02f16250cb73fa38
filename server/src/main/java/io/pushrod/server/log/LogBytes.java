package io.pushrod.server.log;

/// How many bytes of a log lie behind a cursor, and where a cursor with so many behind it is.
///
/// **Thread:** any.
final class LogBytes {
  /// What an event that is not in memory is taken to have, at least.
  private static final long EVENT_BYTES = 128;

  private LogBytes() {}

  /// As [TopicLog#bytesAfter] does.
  ///
  /// @param resident the first event in memory
  static long after(TopicLog log, long cursor, long resident) {
    long first = Math.max(cursor + 1, log.firstSequence());
    if (first >= resident) {
      return resident(log, first);
    }
    long bytes = log.bytesAfter(resident - 1);
    return bytes
        + (resident - first) * Math.max(EVENT_BYTES, bytes / (log.lastSequence() - resident + 2));
  }

  private static long resident(TopicLog log, long first) {
    Segment segment = log.acquire(first);
    if (segment == null) {
      return 0;
    }
    try {
      Segment last = log.acquire(log.lastSequence());
      if (last == null) {
        return 0;
      }
      try {
        return last.position(last.count())
            - segment.position((int) (first - segment.firstSequence()));
      } finally {
        last.release();
      }
    } finally {
      segment.release();
    }
  }

  /// As [TopicLog#cursorBefore] does.
  static long cursorBefore(TopicLog log, long bytes) {
    long low = log.firstSequence() - 1;
    long high = log.lastSequence();
    while (low < high) {
      long middle = (low + high + 1) >>> 1;
      if (log.bytesAfter(middle) >= bytes) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }
}
