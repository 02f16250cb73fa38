package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;

/// The stream of one topic: each event with its cursor as id.
enum SseFormat implements EventFormat {
  /// One HTTP/1.1 chunk an event.
  CHUNKED {
    @Override
    public void append(
        ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
      if (sequence == NO_SEQUENCE) {
        SseWriter.writeEventChunk(out, source, offset, length);
      } else {
        SseWriter.writeEventChunk(out, log.epochText(), sequence, source, offset, length);
      }
    }
  },
  /// For HTTP/1.0 peers, nginx's default among them: the end of the connection ends the body.
  PLAIN {
    @Override
    public void append(
        ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
      if (sequence == NO_SEQUENCE) {
        SseWriter.writeEvent(out, source, offset, length);
      } else {
        SseWriter.writeEvent(out, log.epochText(), sequence, source, offset, length);
      }
    }
  };

  static SseFormat of(boolean chunked) {
    return chunked ? CHUNKED : PLAIN;
  }

  @Override
  public boolean isLogForm() {
    return false;
  }
}
