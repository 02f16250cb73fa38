package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.log.TopicLog;

/// Text as it is.
final class PlainFormat extends SseFormat {
  private static final ByteBuf COMMENT_CHUNK = heartbeat(true);
  private static final ByteBuf COMMENT = heartbeat(false);

  static final PlainFormat CHUNKED = new PlainFormat(true);
  static final PlainFormat PLAIN = new PlainFormat(false);

  private PlainFormat(boolean chunked) {
    super(chunked);
  }

  private static ByteBuf heartbeat(boolean chunked) {
    ByteBuf out = Unpooled.directBuffer(16, 16);
    if (chunked) {
      SseWriter.writeCommentChunk(out);
    } else {
      SseWriter.writeComment(out);
    }
    return Unpooled.unreleasableBuffer(out.asReadOnly());
  }

  @Override
  ByteBuf comment() {
    return isChunked() ? COMMENT_CHUNK : COMMENT;
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    if (sequence == NO_SEQUENCE) {
      if (isChunked()) {
        SseWriter.writeEventChunk(out, source, offset, length);
      } else {
        SseWriter.writeEvent(out, source, offset, length);
      }
    } else if (isChunked()) {
      SseWriter.writeEventChunk(out, log.epochText(), sequence, source, offset, length);
    } else {
      SseWriter.writeEvent(out, log.epochText(), sequence, source, offset, length);
    }
  }

  @Override
  void appendUnder(ByteBuf out, String id, long sequence, ByteBuf source, int offset, int length) {
    beginPiece(out, SseWriter.idLength(id) + SseWriter.eventLength(length));
    SseWriter.writeId(out, id);
    SseWriter.writeEvent(out, source, offset, length);
    endPiece(out);
  }

  @Override
  void wrap(ByteBuf out, ByteBuf text) {
    beginPiece(out, text.readableBytes());
    out.writeBytes(text, text.readerIndex(), text.readableBytes());
    endPiece(out);
  }
}
