package io.pushrod.server.hub;

import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;

/// Looks through a log's events from the newest to the oldest: those in memory, then pages of the
/// store that has the log.
///
/// **Thread:** the shard that asks, where the answer comes too.
/* Pages are read forwards, so each begins some events before the one that is wanted: about as many as the last page turned
 * out to hold. */
public final class Lookback {
  /// Pages that one look reads at most; a page has up to 256 KiB.
  public static final int MOST_PAGES = 64;

  private static final int MOST_FAILURES = 4;
  private static final long FIRST_STEP = 256;
  private static final long MOST_STEP = 16 * 1024;

  /// Judges the event at an index of a segment, which is released after.
  @FunctionalInterface
  public interface Judge {
    boolean isWanted(Segment segment, int index);
  }

  /// Gets the outcome.
  @FunctionalInterface
  public interface Found {
    /// @param sequence of the newest event that is wanted; 0 for none
    /// @param complete whether all events were looked at that are newer, or were asked for
    void onFound(long sequence, boolean complete);
  }

  private final Shard shard;
  private final TopicLog log;
  private final long until;
  private final Judge judge;
  private final Found found;
  private long sequence;
  private long step = FIRST_STEP;
  private int pages;
  private int failures;

  private Lookback(Shard shard, TopicLog log, long until, Judge judge, Found found) {
    this.shard = shard;
    this.log = log;
    this.until = until;
    this.judge = judge;
    this.found = found;
    this.sequence = log.lastSequence();
  }

  /// Finds the newest event that is wanted.
  ///
  /// @param until only events behind this sequence are looked at
  /// @param found called once: now, if what is in memory says it, or later
  public static void find(Shard shard, TopicLog log, long until, Judge judge, Found found) {
    new Lookback(shard, log, until, judge, found).proceed();
  }

  private void proceed() {
    while (sequence > until && sequence >= log.firstSequence()) {
      Segment segment = log.acquire(sequence);
      if (segment != null) {
        boolean isFound;
        try {
          isFound = isIn(segment);
        } finally {
          segment.release();
        }
        if (isFound) {
          found.onFound(sequence, true);
          return;
        }
      } else if (log.isAbsent(sequence)) {
        load();
        return;
      }
    }
    found.onFound(0, true);
  }

  /// Looks at the events of a segment up to [#sequence], which stays where one is wanted.
  private boolean isIn(Segment segment) {
    long first = Math.max(segment.firstSequence(), Math.max(log.firstSequence(), until + 1));
    for (; sequence >= first; sequence--) {
      if (judge.isWanted(segment, (int) (sequence - segment.firstSequence()))) {
        return true;
      }
    }
    return false;
  }

  private void load() {
    if (pages == MOST_PAGES || failures == MOST_FAILURES) {
      found.onFound(0, false);
      return;
    }
    pages++;
    long from = Math.max(sequence - step + 1, Math.max(log.firstSequence(), until + 1));
    while (from < sequence && !log.isAbsent(from)) {
      from += (sequence - from + 1) / 2;
    }
    long first = from;
    shard.load(log, first, () -> loaded(first));
  }

  private void loaded(long first) {
    if (!log.isAbsent(sequence)) {
      step = Math.min(2 * step, MOST_STEP);
    } else if (log.isAbsent(first)) {
      failures++;
    } else {
      step = Math.max(1, step / 4);
    }
    proceed();
  }
}
