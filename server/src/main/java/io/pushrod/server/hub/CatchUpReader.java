package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.GapReason;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.ShelvedEvent;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.CatchUp;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.EventRange;
import io.pushrod.server.session.Subscription;
import java.util.List;

/// Reads a log for one subscription that is not in a fan-out group: replay, lag, gaps, and what
/// overflow policies say.
///
/// **Thread:** one shard.
final class CatchUpReader {
  /// The most bytes of a log that one turn reads.
  private static final int TURN_BYTES = 64 * 1024;

  /// The owner trimmed what was looked for; the next turn finds it on the shelf.
  private static final long TRIMMED_MEANWHILE = -1;

  private final HubSettings settings;
  private final ShardMetrics metrics;
  private final Clock clock;
  private final MemoryBudget memory;
  private final ByteBufAllocator allocator;
  private final EventRange range;
  private final Folder folder;
  private long absent;

  CatchUpReader(
      HubSettings settings,
      ShardMetrics metrics,
      Clock clock,
      ByteBufAllocator allocator,
      MemoryBudget memory) {
    this.memory = memory;
    this.settings = settings;
    this.metrics = metrics;
    this.clock = clock;
    this.allocator = allocator;
    this.range = new EventRange(allocator);
    this.folder = new Folder(metrics);
  }

  /// Sets the cursor of a subscription that begins; a gap before it is told with the first turn.
  void begin(Subscription subscription, TopicLog log) {
    StartPoint start = subscription.start();
    boolean folded = subscription.folded();
    long last = log.lastSequence();
    long cursor =
        switch (start) {
          case StartPoint.Now() -> last;
          case StartPoint.Earliest() -> log.firstSequence() - 1;
          case StartPoint.AfterSequence(long sequence) -> Math.min(sequence, last);
          case StartPoint.After(Cursor after) -> log.continues(after) ? after.sequence() : 0;
        };
    CatchUp catchUp = subscription.begin(log, cursor);
    catchUp.replayUntil = last;
    catchUp.foldUntil = folded ? last : 0;
    if (start instanceof StartPoint.After(Cursor after) && !log.continues(after)) {
      catchUp.lost = after;
    }
    if (cursor < last) {
      metrics.count(Counter.REPLAYS);
    }
  }

  /// Reads and writes one turn's worth.
  ///
  /// @param last the last sequence that may be read
  /// @return bytes written or, where that is more, read from the log
  int read(Subscription subscription, long last) {
    absent = 0;
    CatchUp catchUp = subscription.catchUp();
    if (catchUp == null) {
      return 0;
    }
    TopicLog log = subscription.begunLog();
    if (catchUp.lost != null) {
      return tellLost(subscription, log, catchUp, catchUp.lost);
    }
    applyPolicy(subscription, log, catchUp);
    if (catchUp.cursor + 1 < log.firstSequence()) {
      catchUp.skip(log.firstSequence() - 1, GapReason.TRIMMED);
    }
    if (catchUp.hasSkip()) {
      return catchUp.skipUntil > last ? 0 : skip(subscription, log, catchUp);
    }
    long until = catchUp.dropFrom > 0 ? Math.min(catchUp.dropFrom - 1, last) : last;
    return folds(subscription, log, catchUp)
        ? readFolded(subscription, log, catchUp, until)
        : readPlain(subscription, log, catchUp, until);
  }

  /// The event that the last [#read] lacked because a store has it, but not memory; 0 for none.
  long absent() {
    return absent;
  }

  private void lack(TopicLog log, long sequence) {
    absent = log.isAbsent(sequence) ? sequence : 0;
  }

  private int readPlain(Subscription subscription, TopicLog log, CatchUp catchUp, long until) {
    if (!range.read(
        log, catchUp.cursor, until, subscription.format(), subscription.filter(), TURN_BYTES)) {
      lack(log, catchUp.cursor + 1);
      return 0;
    }
    try {
      return write(subscription.connection(), catchUp);
    } finally {
      range.release();
    }
  }

  private int write(Connection connection, CatchUp catchUp) {
    int length = range.length();
    if (length == 0) {
      catchUp.cursor = range.lastSequence();
      return range.logBytes();
    }
    int taken = connection.offer(range);
    if (taken == Connection.NOT_NOW) {
      return 0;
    }
    metrics.count(Counter.SOCKET_WRITES);
    int written = taken == length ? length : range.endAt(taken);
    metrics.count(Counter.BYTES_WRITTEN, written);
    if (taken == length) {
      metrics.count(Counter.DELIVERIES, range.events());
      catchUp.cursor = range.lastSequence();
    } else {
      metrics.count(Counter.DELIVERIES, range.eventsUntil(taken));
      catchUp.cursor = range.sequenceAt(taken);
      connection.finishLater(range, taken);
    }
    catchUp.lagging |= taken < length || !connection.isFree();
    return Math.max(written, range.logBytes());
  }

  /// History comes folded when it was asked for so; a reader that lags behind gets it so when it
  /// lags by much.
  private boolean folds(Subscription subscription, TopicLog log, CatchUp catchUp) {
    if (catchUp.cursor < catchUp.foldUntil) {
      return true;
    }
    return subscription.policy() == OverflowPolicy.FOLD
        && catchUp.lagging
        && catchUp.cursor >= catchUp.replayUntil
        && log.bytesAfter(catchUp.cursor) > foldThresholdBytes();
  }

  private long foldThresholdBytes() {
    return memory.pressure() == Pressure.NONE ? settings.foldThresholdBytes() : 0;
  }

  private int readFolded(Subscription subscription, TopicLog log, CatchUp catchUp, long until) {
    long end = catchUp.cursor < catchUp.foldUntil ? Math.min(until, catchUp.foldUntil) : until;
    ByteBuf out = allocator.directBuffer(TURN_BYTES);
    long cursor =
        folder.fold(
            log,
            catchUp.cursor,
            end,
            subscription.format(),
            subscription.filter(),
            TURN_BYTES,
            out);
    if (cursor == catchUp.cursor) {
      out.release();
      lack(log, cursor + 1);
      return 0;
    }
    catchUp.cursor = cursor;
    return send(subscription.connection(), out);
  }

  private int send(Connection connection, ByteBuf out) {
    int length = out.readableBytes();
    if (length == 0) {
      out.release();
      return 0;
    }
    metrics.count(Counter.SOCKET_WRITES);
    metrics.count(Counter.BYTES_WRITTEN, length);
    connection.send(out);
    return length;
  }

  // Gaps.

  /// The log that the cursor belongs to is gone: everything since is missing, and the new log
  /// begins.
  private int tellLost(Subscription subscription, TopicLog log, CatchUp catchUp, Cursor lost) {
    catchUp.lost = null;
    metrics.count(Counter.GAPS_EPOCH);
    ByteBuf out = allocator.directBuffer(512);
    GapWriter.write(
        out,
        subscription.format(),
        log,
        GapReason.EPOCH,
        new Cursor(lost.epoch(), lost.sequence() + 1),
        null,
        catchUp.cursor,
        clock.millis());
    return send(subscription.connection(), out);
  }

  /// Moves over one stretch of what is skipped: up to the next lifecycle event, which is never
  /// lost, or to the end.
  private int skip(Subscription subscription, TopicLog log, CatchUp catchUp) {
    long from = catchUp.cursor + 1;
    long until = catchUp.skipUntil;
    long first = log.firstSequence(); // before the shelf: what is trimmed below it is there
    List<ShelvedEvent> shelved = log.shelved(catchUp.cursor, until + 1);
    long lifecycle =
        shelved.isEmpty()
            ? nextLifecycle(log, catchUp, Math.max(from, first), until)
            : shelved.getFirst().sequence();
    if (lifecycle == TRIMMED_MEANWHILE) {
      return 0;
    }
    ByteBuf out = allocator.directBuffer(1024);
    long gapUntil = lifecycle == 0 ? until : lifecycle - 1;
    if (gapUntil >= from) {
      tellGap(subscription, log, catchUp, from, gapUntil, out);
    }
    if (lifecycle != 0 && !appendLifecycle(subscription, log, lifecycle, shelved, out)) {
      out.release();
      return 0; // trimmed this moment; the next turn finds it on the shelf
    }
    catchUp.cursor = lifecycle == 0 ? until : lifecycle;
    if (catchUp.cursor >= catchUp.skipUntil) {
      catchUp.skipUntil = 0;
    }
    return send(subscription.connection(), out);
  }

  private void tellGap(
      Subscription subscription,
      TopicLog log,
      CatchUp catchUp,
      long from,
      long until,
      ByteBuf out) {
    switch (catchUp.skipReason) {
      case TRIMMED -> metrics.count(Counter.GAPS_TRIMMED);
      case OVERFLOW -> {
        metrics.count(Counter.GAPS_OVERFLOW);
        metrics.count(
            subscription.policy() == OverflowPolicy.DROP_NEWEST
                ? Counter.DROPPED_NEWEST
                : Counter.DROPPED_OLDEST,
            until - from + 1);
      }
      case EPOCH -> metrics.count(Counter.GAPS_EPOCH);
    }
    GapWriter.write(
        out,
        subscription.format(),
        log,
        catchUp.skipReason,
        new Cursor(log.epoch(), from),
        new Cursor(log.epoch(), until),
        until,
        clock.millis());
  }

  private static boolean appendLifecycle(
      Subscription subscription,
      TopicLog log,
      long sequence,
      List<ShelvedEvent> shelved,
      ByteBuf out) {
    if (!shelved.isEmpty()) {
      Frames.append(out, subscription.format(), log, shelved.getFirst());
      return true;
    }
    Segment segment = log.acquire(sequence);
    if (segment == null) {
      return false;
    }
    try {
      Frames.append(out, subscription.format(), log, segment, sequence);
      return true;
    } finally {
      segment.release();
    }
  }

  /// The first lifecycle event of `[from, until]`, 0 for none, or [#TRIMMED_MEANWHILE]. A search
  /// that waits for a page goes on from there: the pages before it may be gone by then.
  private long nextLifecycle(TopicLog log, CatchUp catchUp, long from, long until) {
    long sequence = Math.max(from, catchUp.searchedUntil + 1);
    while (sequence <= until) {
      Segment segment = log.acquire(sequence);
      if (segment == null) {
        lack(log, sequence);
        catchUp.searchedUntil = sequence - 1;
        return TRIMMED_MEANWHILE;
      }
      try {
        long end = Math.min(until, segment.lastSequence());
        for (; sequence <= end; sequence++) {
          int index = (int) (sequence - segment.firstSequence());
          if (segment.type(index).eventClass() == EventClass.LIFECYCLE) {
            return sequence;
          }
        }
      } finally {
        segment.release();
      }
    }
    return 0;
  }

  // Overflow.

  /// Whether a reader lags by more than its outbox may hold.
  boolean isOverflowing(Subscription subscription) {
    CatchUp catchUp = subscription.catchUp();
    return catchUp != null
        && isTooFarBehind(subscription.connection(), subscription.begunLog(), catchUp);
  }

  /// History that was asked for is no lag.
  private static boolean isTooFarBehind(Connection reader, TopicLog log, CatchUp catchUp) {
    long from = Math.max(catchUp.cursor, catchUp.replayUntil);
    return log.lastSequence() - from > reader.lagEvents()
        || log.bytesAfter(from) > reader.lagBytes();
  }

  /// Judged when the reader can be written to again, which is when it matters: nothing was sent in
  /// between, so what a bounded queue would have dropped meanwhile is the same.
  private static void applyPolicy(Subscription subscription, TopicLog log, CatchUp catchUp) {
    Connection reader = subscription.connection();
    switch (subscription.policy()) {
      case FOLD, DISCONNECT -> {}
      case DROP_OLDEST -> {
        if (!catchUp.hasSkip()
            && catchUp.cursor >= catchUp.replayUntil
            && catchUp.lagging
            && isTooFarBehind(reader, log, catchUp)) {
          long kept =
              Math.max(
                  log.cursorBefore(reader.lagBytes()) + 1, log.lastSequence() - reader.lagEvents());
          catchUp.skip(kept, GapReason.OVERFLOW);
        }
      }
      case DROP_NEWEST -> dropNewest(reader, log, catchUp);
    }
  }

  private static void dropNewest(Connection reader, TopicLog log, CatchUp catchUp) {
    if (catchUp.dropFrom > 0) {
      if (catchUp.cursor + 1 >= catchUp.dropFrom) {
        catchUp.skip(catchUp.dropUntil, GapReason.OVERFLOW);
        catchUp.dropFrom = 0;
      } else if (log.bytesAfter(catchUp.dropUntil) > reader.lagBytes()
          || log.lastSequence() - catchUp.dropUntil > reader.lagEvents()) {
        catchUp.dropUntil = log.lastSequence();
      }
    } else if (!catchUp.hasSkip() && catchUp.lagging && isTooFarBehind(reader, log, catchUp)) {
      long last = log.lastSequence();
      long begin = Math.max(catchUp.cursor, catchUp.replayUntil);
      long fitting = lastWithin(log, begin, reader.lagBytes());
      catchUp.dropFrom = Math.min(fitting, begin + reader.lagEvents()) + 1;
      catchUp.dropUntil = last;
    }
  }

  /// The last sequence behind `begin` such that what lies between fits in `bytes`.
  private static long lastWithin(TopicLog log, long begin, long bytes) {
    long total = log.bytesAfter(begin);
    long low = begin;
    long high = log.lastSequence();
    while (low < high) {
      long middle = (low + high + 1) >>> 1;
      if (total - log.bytesAfter(middle) <= bytes) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  void close() {
    range.close();
  }
}
