package io.pushrod.server.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.ChannelConfig;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.util.UncheckedBooleanSupplier;
import io.netty.util.concurrent.FastThreadLocal;

/// Receive buffers of one size, and one handle an event loop instead of one a connection.
///
/// A handle counts within one read of one channel and is reset before the next, and a loop reads
/// its channels one after the other, so they can share it. That saves some 150 bytes for each
/// connection that was ever read from. A channel keeps the handle that it was given first, even on
/// another loop, so what it is given finds that of the loop which reads.
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

  private final Handle ofLoop = new HandleOfLoop();

  @Override
  public Handle newHandle() {
    return ofLoop;
  }

  private Handle newOwnHandle() {
    return super.newHandle();
  }

  private final class HandleOfLoop implements ExtendedHandle {
    private ExtendedHandle own() {
      return (ExtendedHandle) handles.get();
    }

    @Override
    public ByteBuf allocate(ByteBufAllocator alloc) {
      return own().allocate(alloc);
    }

    @Override
    public int guess() {
      return own().guess();
    }

    @Override
    public void reset(ChannelConfig config) {
      own().reset(config);
    }

    @Override
    public void incMessagesRead(int messages) {
      own().incMessagesRead(messages);
    }

    @Override
    public void lastBytesRead(int bytes) {
      own().lastBytesRead(bytes);
    }

    @Override
    public int lastBytesRead() {
      return own().lastBytesRead();
    }

    @Override
    public void attemptedBytesRead(int bytes) {
      own().attemptedBytesRead(bytes);
    }

    @Override
    public int attemptedBytesRead() {
      return own().attemptedBytesRead();
    }

    @Override
    public boolean continueReading() {
      return own().continueReading();
    }

    @Override
    public boolean continueReading(UncheckedBooleanSupplier maybeMoreData) {
      return own().continueReading(maybeMoreData);
    }

    @Override
    public void readComplete() {
      own().readComplete();
    }
  }
}
