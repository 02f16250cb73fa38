package io.pushrod.server.memory;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;

/// The bytes that one shard holds, by part.
///
/// Written with opaque stores: one writer needs no atomic add, and a reader sees each number whole
/// and soon.
///
/// **Thread:** the shard adds; any thread reads.
public final class MemoryAccount {
  private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

  /// Slots kept free at both ends, so that neighbours in the heap don't share our cache lines.
  private static final int PAD = 16;

  private static final int LARGEST_AT = PAD + MemoryPart.values().length;

  private final long[] slots = new long[LARGEST_AT + 1 + PAD];

  public void add(MemoryPart part, long bytes) {
    int slot = PAD + part.ordinal();
    SLOT.setOpaque(slots, slot, slots[slot] + bytes);
  }

  public long bytes(MemoryPart part) {
    return (long) SLOT.getOpaque(slots, PAD + part.ordinal());
  }

  /// Notes the bytes of the largest outbox here.
  public void largestOutbox(long bytes) {
    SLOT.setOpaque(slots, LARGEST_AT, bytes);
  }

  long largestOutbox() {
    return (long) SLOT.getOpaque(slots, LARGEST_AT);
  }
}
