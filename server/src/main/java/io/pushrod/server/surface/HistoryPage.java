package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.GapReason;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.ShelvedEvent;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import org.jspecify.annotations.Nullable;

/// Reads one page of a topic's history. What is missing between the cursor asked for and the first
/// event of the page is told by `gap` events, which count for no limit.
///
/// **Thread:** one shard.
final class HistoryPage {
  /// The most bytes of one page, so that a page of large events stays a bounded answer.
  private static final int PAGE_BYTES = 1024 * 1024;

  /// How many events a page has when nobody says.
  static final int DEFAULT_EVENTS = 100;

  /// What a page ended with.
  ///
  /// @param cursor where the next page begins
  /// @param more whether there is one now
  record End(String cursor, boolean more) {}

  private final TopicLog log;
  private final int limit;
  private final long nowMillis;
  private final ShardMetrics metrics;
  private final StartPoint start;
  private ByteBuf out = Unpooled.EMPTY_BUFFER;
  private long cursor;
  private int events;
  private int bytes;
  private boolean begun;
  private boolean isFirst = true;

  /// @param limit the most events
  HistoryPage(TopicLog log, StartPoint start, int limit, long nowMillis, ShardMetrics metrics) {
    this.log = log;
    this.start = start;
    this.limit = limit;
    this.nowMillis = nowMillis;
    this.metrics = metrics;
  }

  /// Appends a whole page: events as the elements of a JSON array, without brackets.
  ///
  /// @param log null for a topic without one, whose page is empty
  static End write(
      ByteBuf out,
      @Nullable TopicLog log,
      StartPoint start,
      int limit,
      long nowMillis,
      ShardMetrics metrics) {
    if (log == null) {
      return none(start);
    }
    HistoryPage page = new HistoryPage(log, start, limit, nowMillis, metrics);
    page.append(out, PAGE_BYTES);
    return page.end();
  }

  /// The end of the page of a topic without a log.
  static End none(StartPoint start) {
    return new End(unmoved(start), false);
  }

  /// Appends the next piece of the page.
  ///
  /// @param pieceBytes the piece ends with the event that reaches them
  /// @return whether there is more of this page
  boolean append(ByteBuf to, int pieceBytes) {
    out = to;
    int before = to.writerIndex();
    if (!begun) {
      begun = true;
      seek();
    }
    boolean isPart = read(before, Math.min(pieceBytes, PAGE_BYTES - bytes));
    bytes += to.writerIndex() - before;
    out = Unpooled.EMPTY_BUFFER;
    return isPart && bytes < PAGE_BYTES;
  }

  /// What the page ends with, once nothing is to be added.
  End end() {
    return new End(new Cursor(log.epoch(), cursor).toString(), cursor < log.lastSequence());
  }

  /// Where a reader of a topic without a log is after its page: where it was, so that it hears of
  /// its gap once the topic begins anew.
  private static String unmoved(StartPoint start) {
    return switch (start) {
      case StartPoint.Earliest(), StartPoint.Now() -> "0";
      case StartPoint.AfterSequence(long sequence) -> Long.toString(sequence);
      case StartPoint.After(Cursor after) -> after.toString();
    };
  }

  /// Moves to where the page begins, and tells what is missing before it.
  private void seek() {
    long first = log.firstSequence();
    long last = log.lastSequence();
    switch (start) {
      case StartPoint.Earliest() -> cursor = first - 1;
      case StartPoint.Now() -> cursor = last;
      case StartPoint.AfterSequence(long sequence) -> skipTrimmed(Math.min(sequence, last), first);
      case StartPoint.After(Cursor after) -> {
        if (log.continues(after)) {
          skipTrimmed(after.sequence(), first);
        } else {
          cursor = first - 1;
          metrics.count(Counter.GAPS_EPOCH);
          gap(GapReason.EPOCH, new Cursor(after.epoch(), after.sequence() + 1), null);
        }
      }
    }
  }

  /// Moves over what was trimmed; the lifecycle events of it that are still known are part of the
  /// page.
  private void skipTrimmed(long after, long first) {
    cursor = after;
    if (cursor + 1 >= first) {
      return;
    }
    for (ShelvedEvent event : log.shelved(cursor, first)) {
      if (events >= limit) {
        return;
      }
      trimmed(event.sequence() - 1);
      ByteBuf frame = Unpooled.wrappedBuffer(event.frame());
      int json = FrameLayout.headerLength(frame, 0);
      element(frame, json, frame.readableBytes() - json);
      events++;
      cursor = event.sequence();
    }
    trimmed(first - 1);
  }

  private void trimmed(long until) {
    if (cursor < until) {
      Cursor from = new Cursor(log.epoch(), cursor + 1);
      cursor = until;
      metrics.count(Counter.GAPS_TRIMMED);
      gap(GapReason.TRIMMED, from, new Cursor(log.epoch(), until));
    }
  }

  private void gap(GapReason reason, Cursor from, @Nullable Cursor to) {
    comma();
    Cursor id = new Cursor(log.epoch(), cursor);
    Replies.gap(out, id, log.key().name(), nowMillis, reason, from, to);
  }

  /// @return whether the page goes on behind this piece: false at the end of the log, at the limit,
  ///   and where retention was faster than the reader
  private boolean read(int begin, int pieceBytes) {
    while (events < limit) {
      if (out.writerIndex() - begin >= pieceBytes) {
        return true;
      }
      Segment segment = log.acquire(cursor + 1);
      if (segment == null) {
        return false;
      }
      try {
        while (events < limit
            && out.writerIndex() - begin < pieceBytes
            && cursor < segment.lastSequence()) {
          cursor++;
          events++;
          int index = (int) (cursor - segment.firstSequence());
          int at = segment.start(index);
          int json = at + FrameLayout.headerLength(segment.bytes(), at);
          element(segment.bytes(), json, segment.endOf(index) - json);
        }
      } finally {
        segment.release();
      }
    }
    return false;
  }

  private void element(ByteBuf source, int offset, int length) {
    comma();
    out.writeBytes(source, offset, length);
  }

  private void comma() {
    if (!isFirst) {
      out.writeByte(',');
    }
    isFirst = false;
  }
}
