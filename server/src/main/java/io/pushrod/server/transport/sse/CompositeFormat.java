package io.pushrod.server.transport.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CompositeCursor;
import io.pushrod.codec.Cursor;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Subscription;
import org.jspecify.annotations.Nullable;

/// The stream of several topics: each event's id says where the reader is in all of them, so no
/// bytes but those of compressed events are shared.
///
/// **Thread:** the connection's shard.
final class CompositeFormat implements EventFormat {
  private final SseConnection connection;
  private final ByteBuf id = Unpooled.buffer(256);

  CompositeFormat(SseConnection connection) {
    this.connection = connection;
  }

  @Override
  public boolean isLogForm() {
    return false;
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    if (sequence == NO_SEQUENCE) {
      connection.form().append(out, log, NO_SEQUENCE, source, offset, length);
    } else {
      connection.form().appendUnder(out, id(log, sequence), sequence, source, offset, length);
    }
  }

  private static byte[] epochText(Cursor cursor) {
    return Cursor.epochText(cursor.epoch()).getBytes(US_ASCII);
  }

  /// All cursors, with the one of `moving` at `sequence`.
  String id(@Nullable TopicLog moving, long sequence) {
    id.clear();
    for (Subscription subscription : connection.subscriptions()) {
      TopicLog log = subscription.log();
      Cursor cursor = subscription.cursor();
      if (log != null && cursor != null) {
        if (id.isReadable()) {
          id.writeByte(',');
        }
        CompositeCursor.write(
            id,
            subscription.key().name().getBytes(US_ASCII),
            cursor.epoch() == log.epoch() ? log.epochText() : epochText(cursor),
            log == moving ? sequence : cursor.sequence());
      }
    }
    return id.toString(US_ASCII);
  }
}
