package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.server.log.GapReason;
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
      String from,
      @Nullable String to,
      long sequence,
      long timestampMillis) {
    String json =
        "{\"id\":\""
            + new Cursor(log.epoch(), sequence)
            + "\",\"topic\":\""
            + log.key().name()
            + "\",\"type\":\"gap\",\"ts\":"
            + timestampMillis
            + ",\"data\":{\"reason\":\""
            + reason.label()
            + "\",\"from\":\""
            + from
            + "\",\"to\":"
            + (to == null ? "null" : '"' + to + '"')
            + "}}";
    ByteBuf text = Unpooled.wrappedBuffer(json.getBytes(US_ASCII));
    format.append(out, log, sequence, text, 0, text.readableBytes());
  }
}
