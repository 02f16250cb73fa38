package io.pushrod.bench.jcstress;

import io.netty.buffer.AbstractByteBufAllocator;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.UnpooledHeapByteBuf;

/// Gives heap memory for direct: a test makes millions of states, and those that no actor ever
/// touched are left to the collector.
public final class HeapAllocator extends AbstractByteBufAllocator {
  public static final HeapAllocator INSTANCE = new HeapAllocator();

  private HeapAllocator() {
    super(false);
  }

  @Override
  protected ByteBuf newHeapBuffer(int initialCapacity, int maxCapacity) {
    return new UnpooledHeapByteBuf(this, initialCapacity, maxCapacity);
  }

  @Override
  protected ByteBuf newDirectBuffer(int initialCapacity, int maxCapacity) {
    return newHeapBuffer(initialCapacity, maxCapacity);
  }

  @Override
  public boolean isDirectBufferPooled() {
    return false;
  }
}
