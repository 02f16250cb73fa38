package io.pushrod.server.surface;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;
import org.jspecify.annotations.Nullable;

/// Reads one page of a topic's history.
///
/// **Thread:** any.
final class HistoryPage {
  /// The most bytes of one page, so that a page of large events stays a bounded answer.
  private static final int PAGE_BYTES = 1024 * 1024;

  /// How many events a page has when nobody says.
  static final int DEFAULT_EVENTS = 100;

  private HistoryPage() {}

  /// What a page ended with.
  ///
  /// @param cursor where the next page begins
  /// @param more whether there is one now
  record End(Cursor cursor, boolean more) {}

  /// Appends events as the elements of a JSON array, without brackets.
  ///
  /// @param log null for a topic without one, whose page is empty
  static End write(ByteBuf out, @Nullable TopicLog log, StartPoint start, int limit) {
    if (log == null) {
      return new End(new Cursor(0, 0), false);
    }
    long last = log.lastSequence();
    long cursor =
        switch (start) {
          case StartPoint.Earliest() -> 0;
          case StartPoint.Now() -> last;
          case StartPoint.AfterSequence(long sequence) -> Math.min(sequence, last);
          case StartPoint.After(Cursor after) ->
              after.epoch() == log.epoch() ? Math.min(after.sequence(), last) : 0;
        };
    cursor = Math.max(cursor, log.firstSequence() - 1);
    int begin = out.writerIndex();
    int events = 0;
    while (events < limit && out.writerIndex() - begin < PAGE_BYTES) {
      Segment segment = log.acquire(cursor + 1);
      if (segment == null) {
        break;
      }
      try {
        while (events < limit
            && cursor < segment.lastSequence()
            && out.writerIndex() - begin < PAGE_BYTES) {
          cursor++;
          if (events++ > 0) {
            out.writeByte(',');
          }
          int index = (int) (cursor - segment.firstSequence());
          int json =
              segment.start(index)
                  + FrameLayout.headerLength(segment.bytes(), segment.start(index));
          out.writeBytes(segment.bytes(), json, segment.endOf(index) - json);
        }
      } finally {
        segment.release();
      }
    }
    return new End(new Cursor(log.epoch(), cursor), cursor < log.lastSequence());
  }
}
