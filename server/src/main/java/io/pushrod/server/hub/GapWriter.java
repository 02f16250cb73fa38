package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.GapReason;
import io.pushrod.codec.command.Replies;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;
import org.jspecify.annotations.Nullable;

/// Writes the in-band event that tells a reader exactly what it misses.
final class GapWriter {
  private GapWriter() {}

  /// Appends one gap.
  ///
  /// @param from the first missing cursor
  /// @param to the last missing cursor; null when nobody knows it any more
  /// @param sequence the reader's cursor behind the gap
  static void write(
      ByteBuf out,
      EventFormat format,
      TopicLog log,
      GapReason reason,
      Cursor from,
      @Nullable Cursor to,
      long sequence,
      long timestampMillis) {
    ByteBuf text = Unpooled.buffer(256);
    Replies.gap(
        text,
        new Cursor(log.epoch(), sequence),
        log.key().name(),
        timestampMillis,
        reason,
        from,
        to);
    format.append(out, log, sequence, text, 0, text.readableBytes());
  }
}
