package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.deflate.BlockDeflater;
import io.pushrod.codec.deflate.GzipPieces;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.compression.Compressor;
import io.pushrod.server.log.TopicLog;
import org.jspecify.annotations.Nullable;

/// A stream inside gzip (RFC 1952), whose pieces are shared by all such streams of a shard: events
/// compressed where that pays, everything else in stored blocks. In a stream of several topics an
/// event's id is stored and the rest of it is shared.
///
/// Each piece ends on a byte boundary and shows at once. The stream ends behind a piece, without a
/// last block and without the sum of what it said, which is different for each reader.
///
/// **Thread:** the shard.
final class GzipFormat extends SseFormat {
  private static final ByteBuf COMMENT_CHUNK = heartbeat(true);
  private static final ByteBuf COMMENT = heartbeat(false);

  private final Compressor compressor;
  private final RecentBodies bodies;

  /// The event that is being written, before it is compressed.
  private final ByteBuf text = Unpooled.buffer(1024);

  GzipFormat(boolean chunked, Compressor compressor) {
    super(chunked);
    this.compressor = compressor;
    this.bodies = new RecentBodies(compressor);
  }

  private static ByteBuf heartbeat(boolean chunked) {
    ByteBuf plain = Unpooled.buffer();
    SseWriter.writeComment(plain);
    ByteBuf out = Unpooled.directBuffer(16, 16);
    if (chunked) {
      SseWriter.beginChunk(out, GzipPieces.storedLength(plain.readableBytes()));
    }
    GzipPieces.writeStored(out, plain, 0, plain.readableBytes());
    if (chunked) {
      SseWriter.endChunk(out);
    }
    return Unpooled.unreleasableBuffer(out.asReadOnly());
  }

  @Override
  ByteBuf comment() {
    return isChunked() ? COMMENT_CHUNK : COMMENT;
  }

  @Override
  String startLines() {
    return super.startLines() + "content-encoding: gzip\r\n";
  }

  @Override
  void begin(ByteBuf out) {
    beginPiece(out, GzipPieces.HEADER_BYTES);
    GzipPieces.writeHeader(out);
    endPiece(out);
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    text.clear();
    if (sequence == NO_SEQUENCE) {
      SseWriter.writeEvent(text, source, offset, length);
    } else {
      SseWriter.writeEvent(text, log.epochText(), sequence, source, offset, length);
    }
    pack(out, text, length);
  }

  @Override
  void pack(ByteBuf out, ByteBuf whole) {
    pack(out, whole, whole.readableBytes());
  }

  /// @param length decides whether it is tried
  private void pack(ByteBuf out, ByteBuf whole, int length) {
    ByteBuf blocks = compressor.isWorth(length) ? compress(whole) : null;
    if (blocks == null) {
      wrap(out, whole);
    } else {
      beginPiece(out, blocks.readableBytes());
      out.writeBytes(blocks, blocks.readerIndex(), blocks.readableBytes());
      endPiece(out);
    }
  }

  private @Nullable ByteBuf compress(ByteBuf whole) {
    return compressor.compress(
        whole, whole.readerIndex(), whole.readableBytes(), BlockDeflater.MAX_WINDOW_BYTES);
  }

  @Override
  void appendUnder(ByteBuf out, String id, long sequence, ByteBuf source, int offset, int length) {
    SseWriter.writeId(text.clear(), id);
    ByteBuf blocks =
        compressor.isWorth(length) ? bodies.of(sequence, source, offset, length) : null;
    if (blocks == null) {
      SseWriter.writeEvent(text, source, offset, length);
      wrap(out, text);
      return;
    }
    int idLength = text.readableBytes();
    beginPiece(out, GzipPieces.storedLength(idLength) + blocks.readableBytes());
    GzipPieces.writeStored(out, text, 0, idLength);
    out.writeBytes(blocks, blocks.readerIndex(), blocks.readableBytes());
    endPiece(out);
  }

  @Override
  void wrap(ByteBuf out, ByteBuf plain) {
    int length = plain.readableBytes();
    beginPiece(out, GzipPieces.storedLength(length));
    GzipPieces.writeStored(out, plain, plain.readerIndex(), length);
    endPiece(out);
  }
}
