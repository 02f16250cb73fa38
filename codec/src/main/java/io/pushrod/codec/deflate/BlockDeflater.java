package io.pushrod.codec.deflate;

import io.netty.buffer.ByteBuf;
import java.nio.ByteBuffer;
import java.util.zip.Deflater;

/// Compresses texts one by one, each by itself. Holds some 270 KB of native memory, which [#close]
/// gives back.
///
/// **Thread:** one at a time.
/* A full flush (zlib's manual, deflate) ends the block, aligns it to a byte with an empty stored block, and forgets what was
 * read. So one deflater serves any number of streams without a reset, and a window smaller than zlib's own is kept by
 * flushing whenever it is full. */
public final class BlockDeflater implements AutoCloseable {
  /// The largest window there is, in bytes (RFC 1951 section 2).
  public static final int MAX_WINDOW_BYTES = 32 * 1024;

  /// Bytes at the end of whatever [#write] appends: length and inverted length of an empty stored
  /// block. Its three header bits and their padding stand in the byte before, or in one of their
  /// own.
  public static final int TAIL_BYTES = 4;

  private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

  /// Beyond what does not compress: 5 bytes for a stored block of at most 16 KiB, and the tail.
  private static final int SLACK_BYTES = 64;

  private final Deflater deflater;

  /// @param level 1 (fast) to 9 (small)
  public BlockDeflater(int level) {
    this.deflater = new Deflater(level, true);
  }

  /// Appends blocks that inflate to `[offset, offset + length)` of `source`.
  ///
  /// @param length at least 1
  /// @param windowBytes no block refers further back than this
  public void write(ByteBuf out, ByteBuf source, int offset, int length, int windowBytes) {
    out.ensureWritable(length + (length >> 8) + SLACK_BYTES);
    for (int at = 0; at < length; at += windowBytes) {
      deflater.setInput(source.nioBuffer(offset + at, Math.min(windowBytes, length - at)));
      flush(out);
    }
    deflater.setInput(NOTHING);
  }

  private void flush(ByteBuf out) {
    int room;
    int written;
    do {
      out.ensureWritable(SLACK_BYTES);
      room = out.writableBytes();
      ByteBuffer to = out.nioBuffer(out.writerIndex(), room);
      written = deflater.deflate(to, Deflater.FULL_FLUSH);
      out.writerIndex(out.writerIndex() + written);
    } while (written == room);
  }

  @Override
  public void close() {
    deflater.end();
  }
}
