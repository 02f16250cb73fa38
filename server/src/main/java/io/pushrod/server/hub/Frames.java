package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.server.log.FrameLayout;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.ShelvedEvent;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;

/// Appends stored events one by one in a reader's format.
final class Frames {
  private Frames() {}

  static void append(
      ByteBuf out, EventFormat format, TopicLog log, Segment segment, long sequence) {
    int index = (int) (sequence - segment.firstSequence());
    int at = segment.start(index);
    int json = at + FrameLayout.headerLength(segment.bytes(), at);
    format.append(out, log, sequence, segment.bytes(), json, segment.endOf(index) - json);
  }

  static void append(ByteBuf out, EventFormat format, TopicLog log, ShelvedEvent event) {
    ByteBuf frame = Unpooled.wrappedBuffer(event.frame());
    int json = FrameLayout.headerLength(frame, 0);
    format.append(out, log, event.sequence(), frame, json, frame.readableBytes() - json);
  }
}
