package io.pushrod.server.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.Unpooled;

/// The body of the request that is being read, gathered into one buffer of bounded size.
final class RequestBody {
  private final ByteBufAllocator alloc;
  private final int limitBytes;
  private ByteBuf bytes = Unpooled.EMPTY_BUFFER;

  /// Whether `bytes` is a buffer of ours, not a slice of what the socket read.
  private boolean copied;

  RequestBody(ByteBufAllocator alloc, int limitBytes) {
    this.alloc = alloc;
    this.limitBytes = limitBytes;
  }

  /// Adds a piece, which stays the caller's.
  ///
  /// @return false, and nothing is added, if the body would become too long
  boolean add(ByteBuf piece) {
    int length = piece.readableBytes();
    if (length > limitBytes - bytes.readableBytes()) {
      return false;
    }
    if (length == 0) {
      return true;
    }
    if (!bytes.isReadable()) {
      bytes = piece.retainedSlice();
    } else {
      append(piece);
    }
    return true;
  }

  /// A body in one piece is never copied; the second piece moves it into a buffer of its own.
  private void append(ByteBuf piece) {
    int length = bytes.readableBytes() + piece.readableBytes();
    if (!copied) {
      ByteBuf own = alloc.buffer(length, limitBytes);
      own.writeBytes(bytes);
      bytes.release();
      bytes = own;
      copied = true;
    }
    bytes.writeBytes(piece, piece.readerIndex(), piece.readableBytes());
  }

  /// The whole body, now the caller's.
  ByteBuf take() {
    ByteBuf taken = bytes;
    bytes = Unpooled.EMPTY_BUFFER;
    copied = false;
    return taken;
  }

  void release() {
    take().release();
  }
}
