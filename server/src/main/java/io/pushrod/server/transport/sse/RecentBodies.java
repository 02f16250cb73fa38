package io.pushrod.server.transport.sse;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.deflate.BlockDeflater;
import io.pushrod.codec.sse.SseWriter;
import io.pushrod.server.compression.Compressor;
import org.jspecify.annotations.Nullable;

/// The latest compressed events without their ids. Streams of several topics have ids of their own,
/// and find here what the stream before them had compressed.
///
/// At most [#SLOTS] events of [#MAX_BYTES] are kept; a longer one is compressed for each stream.
///
/// **Thread:** one shard.
final class RecentBodies {
  private static final int SLOTS = 32;
  private static final int MAX_BYTES = 8 * 1024;

  /// An event's JSON, and what its `data` field was compressed to; empty when that did not pay.
  private record Body(ByteBuf json, ByteBuf blocks) {}

  private final Compressor compressor;
  private final Body[] slots = new Body[SLOTS];
  private final ByteBuf text = Unpooled.buffer(1024);

  RecentBodies(Compressor compressor) {
    this.compressor = compressor;
    for (int i = 0; i < SLOTS; i++) {
      slots[i] = new Body(Unpooled.buffer(0), Unpooled.buffer(0));
    }
  }

  /// Blocks for the `data` field of an event and the empty line behind it.
  ///
  /// @param sequence says where to look; equal JSON is what counts
  /// @return good until the next call, and not the caller's; null when it does not pay
  @Nullable ByteBuf of(long sequence, ByteBuf source, int offset, int length) {
    Body slot = slots[(int) (sequence & (SLOTS - 1))];
    if (slot.json.readableBytes() == length
        && slot.json.nioBuffer().equals(source.nioBuffer(offset, length))) {
      return slot.blocks.isReadable() ? slot.blocks : null;
    }
    SseWriter.writeEvent(text.clear(), source, offset, length);
    ByteBuf blocks =
        compressor.compress(text, 0, text.readableBytes(), BlockDeflater.MAX_WINDOW_BYTES);
    if (length <= MAX_BYTES) {
      slot.json.clear().writeBytes(source, offset, length);
      slot.blocks.clear();
      if (blocks != null) {
        slot.blocks.writeBytes(blocks, blocks.readerIndex(), blocks.readableBytes());
      }
    }
    return blocks;
  }
}
