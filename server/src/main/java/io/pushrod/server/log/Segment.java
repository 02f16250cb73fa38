package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pushrod.server.memory.MemoryBudget;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A run of a log's events: their frames back to back in off-heap memory, and an index of where
/// each one ends.
///
/// **Thread:** the log's owner appends; any thread that holds a reference reads events below
/// [#count()].
///
/// The owner's stores to bytes and index happen before the release store of `count`; a reader's
/// acquire load of it therefore sees them. References are counted for the segment as a whole: the
/// log holds one until it trims, a reader takes one for a pass ([#tryRetain()] fails once the last
/// is gone).
public final class Segment {
  private static final VarHandle COUNT;
  private static final VarHandle REFERENCES;

  static {
    try {
      var lookup = MethodHandles.lookup();
      COUNT = lookup.findVarHandle(Segment.class, "count", int.class);
      REFERENCES = lookup.findVarHandle(Segment.class, "references", int.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  /// The smallest event has about this many bytes, so the index never fills up before the bytes do.
  private static final int SMALLEST_EVENT_BYTES = 64;

  private final ByteBuf bytes;
  private final MemoryBudget memory;
  private final ByteBuffer view;
  private final long address;
  private final long firstSequence;
  private final long basePosition;
  private final long baseMillis;
  private final int[] ends;
  private final int[] ageOffsets;
  private final EventType[] types;
  private long @Nullable [] producerSequences;
  private int @Nullable [] producerSlots;

  @SuppressWarnings("unused") // through COUNT and REFERENCES
  private int count;

  @SuppressWarnings("unused")
  private int references = 1;

  /// Events that are here, published or not; the owner's.
  private int written;

  /// @param memory in which `capacity` bytes were reserved; they go back with the last reference
  /// @param basePosition bytes of the log before this segment
  Segment(
      ByteBufAllocator allocator,
      MemoryBudget memory,
      int capacity,
      long firstSequence,
      long basePosition,
      long baseMillis) {
    this.bytes = allocator.directBuffer(capacity, capacity);
    this.memory = memory;
    this.view = bytes.nioBuffer(0, capacity);
    this.address = MemorySegment.ofBuffer(view).address();
    this.firstSequence = firstSequence;
    this.basePosition = basePosition;
    this.baseMillis = baseMillis;
    int slots = capacity / SMALLEST_EVENT_BYTES + 1;
    this.ends = new int[slots];
    this.ageOffsets = new int[slots];
    this.types = new EventType[slots];
  }

  // Owner side.

  /// Whether one more event has its place here; ages are counted in 31 bits, which is 24 days.
  boolean fits(int length, long nowMillis) {
    int n = written;
    return n < ends.length
        && end(n) + length <= bytes.capacity()
        && nowMillis - baseMillis <= Integer.MAX_VALUE;
  }

  /// Where the next event's bytes go.
  int writeOffset() {
    return end(written);
  }

  /// Takes the event whose bytes were put there; [#publish] makes it visible.
  void add(int length, EventType type, long nowMillis) {
    int n = written;
    ends[n] = end(n) + length;
    ageOffsets[n] = (int) Math.max(0, nowMillis - baseMillis);
    types[n] = type;
    written = n + 1;
  }

  /// Makes events up to `sequence` visible, as far as they are here.
  void publish(long sequence) {
    COUNT.setRelease(this, (int) Math.min(written, sequence - firstSequence + 1));
  }

  /// Notes the producer of the event that [#add] takes next.
  void noteProducer(int slot, long producerSequence) {
    if (producerSequences == null || producerSlots == null) {
      producerSequences = new long[ends.length];
      producerSlots = new int[ends.length];
    }
    int n = written;
    producerSlots[n] = slot;
    producerSequences[n] = producerSequence;
  }

  /// The sequence of the event that a producer published under `producerSequence`, or 0. For the
  /// owner only.
  long find(int slot, long producerSequence) {
    if (producerSequences == null || producerSlots == null) {
      return 0;
    }
    for (int i = written - 1; i >= 0; i--) {
      if (producerSequences[i] == producerSequence && producerSlots[i] == slot) {
        return firstSequence + i;
      }
    }
    return 0;
  }

  /// When the event was appended, in milliseconds since 1970.
  long appendedMillis(int index) {
    return baseMillis + ageOffsets[index];
  }

  // Any thread.

  /// Takes a reference, unless the segment is gone already.
  public boolean tryRetain() {
    int n;
    do {
      n = (int) REFERENCES.getAcquire(this);
      if (n == 0) {
        return false;
      }
    } while (!REFERENCES.compareAndSet(this, n, n + 1));
    return true;
  }

  /// Gives a reference back; the last one frees the memory.
  public void release() {
    if ((int) REFERENCES.getAndAdd(this, -1) == 1) {
      int capacity = bytes.capacity();
      bytes.release();
      memory.release(capacity);
    }
  }

  /// How many events are published here.
  public int count() {
    return (int) COUNT.getAcquire(this);
  }

  public long firstSequence() {
    return firstSequence;
  }

  /// The sequence of the last published event, `firstSequence - 1` when there is none.
  public long lastSequence() {
    return firstSequence + count() - 1;
  }

  /// Byte offset of an event's frame; `start(count())` is the end of the last one.
  public int start(int index) {
    return end(index);
  }

  /// Byte offset behind an event's frame.
  public int endOf(int index) {
    return ends[index];
  }

  public EventType type(int index) {
    return types[index];
  }

  /// Bytes of the log before the event at `index`.
  long position(int index) {
    return basePosition + end(index);
  }

  /// The frames; owned by the segment, valid while the caller holds a reference. Never change its
  /// indexes.
  public ByteBuf bytes() {
    return bytes;
  }

  /// The same memory for absolute access.
  public ByteBuffer view() {
    return view;
  }

  /// Where that memory begins.
  public long address() {
    return address;
  }

  /// Bytes of the log before the end of what is written here.
  long endPosition() {
    return basePosition + end(written);
  }

  int capacity() {
    return bytes.capacity();
  }

  private int end(int index) {
    return index == 0 ? 0 : ends[index - 1];
  }
}
