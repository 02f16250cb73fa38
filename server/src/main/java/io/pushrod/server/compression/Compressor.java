package io.pushrod.server.compression;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.deflate.BlockDeflater;
import io.pushrod.codec.websocket.Inflation;
import io.pushrod.codec.websocket.MessageInflater;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import org.jspecify.annotations.Nullable;

/// The deflater and the inflater of one shard.
///
/// **Thread:** the shard; [#close] when its loop has ended.
public final class Compressor implements Inflation, AutoCloseable {
  private final int level;
  private final int minBytes;
  private final ShardMetrics metrics;
  private @Nullable BlockDeflater deflater;
  private @Nullable MessageInflater inflater;

  /// What was compressed last. Grows to the longest event, which `limits.event_bytes` bounds.
  private @Nullable ByteBuf blocks;

  public Compressor(int level, int minBytes, ShardMetrics metrics) {
    this.level = level;
    this.minBytes = minBytes;
    this.metrics = metrics;
  }

  /// Whether an event with so much JSON is worth a try.
  public boolean isWorth(int jsonBytes) {
    return jsonBytes >= minBytes;
  }

  /// Compresses a text into blocks that stand alone ([BlockDeflater]).
  ///
  /// @param length at least 1
  /// @param windowBytes no block refers further back than this
  /// @return good until the next call, and not the caller's; null when it would not be shorter
  public @Nullable ByteBuf compress(ByteBuf source, int offset, int length, int windowBytes) {
    if (deflater == null) {
      deflater = new BlockDeflater(level);
    }
    if (blocks == null) {
      blocks = Unpooled.directBuffer(4096);
    }
    deflater.write(blocks.clear(), source, offset, length, windowBytes);
    int compressed = blocks.readableBytes() - BlockDeflater.TAIL_BYTES;
    if (compressed >= length) {
      return null;
    }
    metrics.count(Counter.COMPRESSED_EVENTS);
    metrics.count(Counter.COMPRESSED_FROM, length);
    metrics.count(Counter.COMPRESSED_TO, compressed);
    return blocks;
  }

  @Override
  public void inflate(ByteBuf in, int offset, int length, ByteBuf out) {
    if (inflater == null) {
      inflater = new MessageInflater(false);
    }
    try {
      inflater.inflate(in, offset, length, out);
    } catch (ProtocolException e) {
      if (e.reason() == CloseReason.FRAME_TOO_BIG) {
        metrics.count(Counter.COMPRESSION_BOMBS);
      }
      throw e;
    }
  }

  @Override
  public void close() {
    if (deflater != null) {
      deflater.close();
      deflater = null;
    }
    if (inflater != null) {
      inflater.close();
      inflater = null;
    }
    if (blocks != null) {
      blocks.release();
      blocks = null;
    }
  }
}
