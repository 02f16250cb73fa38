package io.pushrod.server.net;

import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.util.concurrent.FastThreadLocal;

/// Receive buffers of one size, and one handle an event loop instead of one a connection.
///
/// A handle counts within one read of one channel and is reset before the next, and a loop reads
/// its channels one after the other, so they can share it. That saves some 150 bytes for each
/// connection that was ever read from.
///
/// **Thread:** any; each loop has its own handle.
@SuppressWarnings("deprecation") // Handle: Netty deprecated it and still asks for it
public final class SharedReceiveAllocator extends FixedRecvByteBufAllocator {
  /// What a client sends is small; a body of a megabyte takes a hundred reads.
  private static final int BUFFER_BYTES = 8 * 1024;

  private final FastThreadLocal<Handle> handles =
      new FastThreadLocal<>() {
        @Override
        protected Handle initialValue() {
          return newOwnHandle();
        }
      };

  public SharedReceiveAllocator() {
    super(BUFFER_BYTES);
  }

  @Override
  public Handle newHandle() {
    return handles.get();
  }

  private Handle newOwnHandle() {
    return super.newHandle();
  }
}
