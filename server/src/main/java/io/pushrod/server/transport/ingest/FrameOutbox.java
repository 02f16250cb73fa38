package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import org.jspecify.annotations.Nullable;

/// Frames on their way to the peer: what is appended between two flushes leaves by one write.
///
/// **Thread:** one connection.
final class FrameOutbox {
  /// What may be appended before it is time to look whether the socket takes it.
  private static final int ROOM_BYTES = 65_536;

  private final Channel channel;
  private @Nullable ByteBuf out;

  FrameOutbox(Channel channel) {
    this.channel = channel;
  }

  /// Where frames are appended; still ours, and good until the next flush.
  ByteBuf buffer() {
    ByteBuf pending = out;
    if (pending == null) {
      pending = channel.alloc().directBuffer();
      out = pending;
    }
    return pending;
  }

  void add(IngestFrame frame) {
    IngestEncoder.encode(buffer(), frame);
  }

  /// Whether the peer reads what it is told, so that more may be appended.
  boolean hasRoom() {
    ByteBuf pending = out;
    return channel.isWritable() && (pending == null || pending.readableBytes() < ROOM_BYTES);
  }

  /// Writes what was appended.
  ///
  /// @return whether there was anything
  boolean flush() {
    ByteBuf pending = out;
    if (pending == null) {
      return false;
    }
    out = null;
    if (!pending.isReadable()) {
      pending.release();
      return false;
    }
    var _ = channel.writeAndFlush(pending, channel.voidPromise());
    return true;
  }

  /// Writes what was appended, to be told when it is written.
  ChannelFuture flushLast() {
    ByteBuf pending = buffer();
    out = null;
    return channel.writeAndFlush(pending);
  }

  /// Forgets what was appended.
  void release() {
    if (out != null) {
      out.release();
      out = null;
    }
  }
}
