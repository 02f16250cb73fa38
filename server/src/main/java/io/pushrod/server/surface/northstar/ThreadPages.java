package io.pushrod.server.surface.northstar;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicLog;

/// Reads stored events of a topic, a page at a time.
///
/// **Thread:** any.
final class ThreadPages {
  /// The most bytes of one page, so that a page of large events stays a bounded answer.
  private static final int PAGE_BYTES = 1024 * 1024;

  /// Writes one event, or nothing.
  interface Writer {
    void write(long sequence, ByteBuf event, int offset, int length, ByteBuf out);
  }

  /// @param json the elements of an array, without brackets
  /// @param last the sequence of the last of them; the one asked for when there is none
  record Page(String json, long last) {}

  private ThreadPages() {}

  /// @param after the sequence before the first one wanted
  /// @param limit the most events
  static Page read(TopicLog log, long after, int limit, Writer writer) {
    ByteBuf out = Unpooled.buffer(1024);
    long sequence = Math.max(after, log.firstSequence() - 1);
    int events = 0;
    while (events < limit && out.readableBytes() < PAGE_BYTES) {
      Segment segment = log.acquire(sequence + 1);
      if (segment == null) {
        break;
      }
      try {
        while (events < limit
            && out.readableBytes() < PAGE_BYTES
            && sequence < segment.lastSequence()) {
          sequence++;
          events++;
          append(segment, sequence, writer, out);
        }
      } finally {
        segment.release();
      }
    }
    return new Page(out.toString(UTF_8), sequence);
  }

  private static void append(Segment segment, long sequence, Writer writer, ByteBuf out) {
    int index = (int) (sequence - segment.firstSequence());
    int start = segment.start(index);
    int json = start + FrameLayout.headerLength(segment.bytes(), start);
    int before = out.writerIndex();
    if (before > 0) {
      out.writeByte(',');
    }
    int begin = out.writerIndex();
    writer.write(sequence, segment.bytes(), json, segment.endOf(index) - json, out);
    if (out.writerIndex() == begin) {
      out.writerIndex(before);
    }
  }
}
