package io.pushrod.server.transport.websocket;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.websocket.Inflation;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.server.compression.Compressor;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;

/// One text frame per event, compressed where that pays (RFC 7692 section 6: a frame without RSV1
/// is not). Shared by all connections of a shard that agreed to the same window.
///
/// **Thread:** the shard.
final class DeflatedFormat implements EventFormat {
  private static final int MIN_HEADER_BYTES = 2;

  private final Compressor compressor;
  private final int windowBytes;

  DeflatedFormat(Compressor compressor, int windowBytes) {
    this.compressor = compressor;
    this.windowBytes = windowBytes;
  }

  /// Reads what the connections send.
  Inflation inflation() {
    return compressor;
  }

  @Override
  public boolean isLogForm() {
    return false;
  }

  /// Short events are sent as the log stores them, so a run of them needs no rendering.
  @Override
  public boolean isLogForm(int longestFrame) {
    return !compressor.isWorth(longestFrame - MIN_HEADER_BYTES);
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    ByteBuf blocks =
        compressor.isWorth(length)
            ? compressor.compress(source, offset, length, windowBytes)
            : null;
    if (blocks == null) {
      WebSocketFrames.writeText(out, source, offset, length);
    } else {
      WebSocketFrames.writeCompressed(out, true, blocks);
    }
  }
}
