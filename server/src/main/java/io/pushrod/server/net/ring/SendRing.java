package io.pushrod.server.net.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;

/// Sends for up to [#ENTRIES] sockets, submitted by one `io_uring_enter(2)`.
///
/// **Thread:** the one that opened it; [#close()] any, once that one has ended or is done with it.
/* The queues are the kernel's (io_uring(7)); what never changes in an entry is written once. A submit leaves the
 * submission queue empty: what the kernel does not take is taken back, which is allowed as it looks at the queue only
 * inside of enter. The completion queue is emptied by each submit and has twice the room that one could fill, so that
 * it never overflows. */
public final class SendRing implements AutoCloseable {
  /// Sends that one submit holds.
  public static final int ENTRIES = 512;

  /// The answer for a send that the kernel did not look at.
  public static final int NOT_SUBMITTED = Integer.MIN_VALUE;

  /// The answer for a send when the kernel lost answers: nobody knows what the socket took.
  public static final int UNKNOWN = Integer.MIN_VALUE + 1;

  /// Hears of the sends that did not take everything, once the submit is over. Adds none itself.
  public interface Unsent {
    /// @param entry which of the submit's sends, from 0 in the order they were added
    /// @param result bytes taken, a negative errno, [SendRing#NOT_SUBMITTED] or [SendRing#UNKNOWN]
    void onUnsent(int entry, int result);
  }

  private static final int COMPLETIONS = 2 * ENTRIES;

  // struct io_uring_params.
  private static final int PARAMS_BYTES = 120;
  private static final int PARAM_CQ_ENTRIES = 4;
  private static final int PARAM_FLAGS = 8;
  private static final int PARAM_FEATURES = 20;
  private static final int PARAM_SQ = 40;
  private static final int PARAM_CQ = 80;

  private static final int SETUP_CQSIZE = 1 << 3;
  private static final int SETUP_SUBMIT_ALL = 1 << 7;
  private static final int SETUP_SINGLE_ISSUER = 1 << 12;
  private static final int SETUP_DEFER_TASKRUN = 1 << 13;

  private static final int FEATURE_SINGLE_MMAP = 1;
  private static final int FEATURE_NODROP = 1 << 1;
  private static final int FEATURE_CQE_SKIP = 1 << 11;
  private static final int FEATURES = FEATURE_SINGLE_MMAP | FEATURE_NODROP | FEATURE_CQE_SKIP;

  private static final long RINGS_OFFSET = 0;
  private static final long ENTRIES_OFFSET = 0x10000000L;

  // struct io_uring_probe.
  private static final int PROBE_HEAD_BYTES = 16;
  private static final int PROBE_OPERATION_BYTES = 8;
  private static final int PROBE_FLAGS = 2;
  private static final int PROBE_SUPPORTED = 1;

  // struct io_uring_sqe.
  private static final int ENTRY_BYTES = 64;
  private static final int ENTRY_OPCODE = 0;
  private static final int ENTRY_FLAGS = 1;
  private static final int ENTRY_DESCRIPTOR = 4;
  private static final int ENTRY_ADDRESS = 16;
  private static final int ENTRY_LENGTH = 24;
  private static final int ENTRY_SEND_FLAGS = 28;
  private static final int ENTRY_USER_DATA = 32;

  private static final int OPERATION_SEND = 26;
  private static final byte SKIP_SUCCESS = 1 << 6;
  private static final int MSG_DONTWAIT = 0x40;
  private static final int MSG_WAITALL = 0x100;
  private static final int MSG_NOSIGNAL = 0x4000;

  // struct io_uring_cqe.
  private static final int COMPLETION_BYTES = 16;
  private static final int COMPLETION_RESULT = 8;

  /// `IORING_SQ_CQ_OVERFLOW`.
  private static final int COMPLETIONS_OVERFLOWED = 1 << 1;

  /// How often a submit is tried again that took nothing.
  private static final int TRIES = 8;

  private static final VarHandle INT = JAVA_INT.varHandle();

  private final Kernel kernel;
  private final int ring;
  private final MemorySegment rings;
  private final MemorySegment entries;
  private final long headAt;
  private final long tailAt;
  private final long completionHeadAt;
  private final long completionTailAt;
  private final long overflowAt;
  private final long flagsAt;
  private final long completionsAt;
  private final int completionMask;
  private int tail;
  private int size;
  private boolean broken;
  private boolean closed;

  private SendRing(Kernel kernel, int ring, MemorySegment params, long rings, long entries) {
    this.kernel = kernel;
    this.ring = ring;
    this.rings = MemorySegment.ofAddress(rings).reinterpret(ringsBytes(params));
    this.entries = MemorySegment.ofAddress(entries).reinterpret(ENTRIES * ENTRY_BYTES);
    this.headAt = params.get(JAVA_INT, PARAM_SQ);
    this.tailAt = params.get(JAVA_INT, PARAM_SQ + 4);
    this.flagsAt = params.get(JAVA_INT, PARAM_SQ + 16);
    this.completionHeadAt = params.get(JAVA_INT, PARAM_CQ);
    this.completionTailAt = params.get(JAVA_INT, PARAM_CQ + 4);
    this.completionMask = params.get(JAVA_INT, PARAM_CQ_ENTRIES) - 1;
    this.overflowAt = params.get(JAVA_INT, PARAM_CQ + 16);
    this.completionsAt = params.get(JAVA_INT, PARAM_CQ + 20);
    long indexes = params.get(JAVA_INT, PARAM_SQ + 24);
    for (int i = 0; i < ENTRIES; i++) {
      this.rings.set(JAVA_INT, indexes + 4L * i, i);
      long at = (long) ENTRY_BYTES * i;
      this.entries.set(JAVA_BYTE, at + ENTRY_OPCODE, (byte) OPERATION_SEND);
      this.entries.set(JAVA_BYTE, at + ENTRY_FLAGS, SKIP_SUCCESS);
      this.entries.set(JAVA_INT, at + ENTRY_SEND_FLAGS, MSG_DONTWAIT | MSG_WAITALL | MSG_NOSIGNAL);
    }
  }

  /// Opens a ring for the calling thread.
  ///
  /// @throws RingException if the kernel has no such ring or refuses it
  public static SendRing open(Kernel kernel) throws RingException {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment params = arena.allocate(PARAMS_BYTES, 8);
      params.set(JAVA_INT, PARAM_CQ_ENTRIES, COMPLETIONS);
      params.set(
          JAVA_INT,
          PARAM_FLAGS,
          SETUP_CQSIZE | SETUP_SUBMIT_ALL | SETUP_SINGLE_ISSUER | SETUP_DEFER_TASKRUN);
      int ring = granted("io_uring_setup", kernel.setup(ENTRIES, params));
      try {
        return open(kernel, ring, params, arena);
      } catch (RingException e) {
        kernel.close(ring);
        throw e;
      }
    }
  }

  private static SendRing open(Kernel kernel, int ring, MemorySegment params, Arena arena)
      throws RingException {
    int features = params.get(JAVA_INT, PARAM_FEATURES);
    if ((features & FEATURES) != FEATURES) {
      throw new RingException("io_uring features: " + features + " (expected: " + FEATURES + ")");
    }
    int operations = OPERATION_SEND + 1;
    MemorySegment probe =
        arena.allocate(PROBE_HEAD_BYTES + (long) PROBE_OPERATION_BYTES * operations, 8);
    granted("io_uring_register", kernel.probe(ring, probe, operations));
    long send = PROBE_HEAD_BYTES + (long) PROBE_OPERATION_BYTES * OPERATION_SEND;
    if ((probe.get(JAVA_SHORT, send + PROBE_FLAGS) & PROBE_SUPPORTED) == 0) {
      throw new RingException("io_uring send: missing (expected: supported)");
    }
    long rings = mapped(kernel.map(ring, RINGS_OFFSET, ringsBytes(params)));
    long entries = kernel.map(ring, ENTRIES_OFFSET, ENTRIES * ENTRY_BYTES);
    if (isError(entries)) {
      kernel.unmap(rings, ringsBytes(params));
    }
    return new SendRing(kernel, ring, params, rings, mapped(entries));
  }

  /// The two rings lie in one map, the completions last or the indexes of the entries.
  private static long ringsBytes(MemorySegment params) {
    long indexes = params.get(JAVA_INT, PARAM_SQ + 24) + 4L * ENTRIES;
    long completions =
        params.get(JAVA_INT, PARAM_CQ + 20)
            + (long) COMPLETION_BYTES * params.get(JAVA_INT, PARAM_CQ_ENTRIES);
    return Math.max(indexes, completions);
  }

  private static long mapped(long address) throws RingException {
    if (isError(address)) {
      throw refused("mmap", (int) -address);
    }
    return address;
  }

  private static boolean isError(long address) {
    return address < 0 && address > -4096;
  }

  private static int granted(String call, int result) throws RingException {
    if (result < 0) {
      throw refused(call, -result);
    }
    return result;
  }

  private static RingException refused(String call, int errno) {
    return new RingException(call + ": errno " + errno + " (expected: granted)");
  }

  /// How many sends wait for the submit.
  public int size() {
    return size;
  }

  public boolean isFull() {
    return size == ENTRIES;
  }

  /// Adds a send. Memory and descriptor have to stay until the submit, and the socket must have no
  /// send here yet.
  ///
  /// @throws IllegalStateException if the ring is full
  public void add(int descriptor, long address, int length) {
    if (size == ENTRIES) {
      throw new IllegalStateException("ring: full (expected: submitted before)");
    }
    long at = (long) ENTRY_BYTES * (tail & (ENTRIES - 1));
    entries.set(JAVA_INT, at + ENTRY_DESCRIPTOR, descriptor);
    entries.set(JAVA_LONG, at + ENTRY_ADDRESS, address);
    entries.set(JAVA_INT, at + ENTRY_LENGTH, length);
    entries.set(JAVA_LONG, at + ENTRY_USER_DATA, (long) size);
    tail++;
    size++;
  }

  /// Makes the sends, each once and without waiting. The ring is empty then.
  public void submit(Unsent unsent) {
    int submitted = size;
    size = 0;
    int left = broken ? submitted : enter(submitted);
    if (left > 0) {
      tail -= left;
      INT.setRelease(rings, tailAt, tail);
    }
    if (left < submitted && overflowed()) {
      broken = true;
      for (int entry = 0; entry < submitted - left; entry++) {
        unsent.onUnsent(entry, UNKNOWN);
      }
    } else {
      reap(unsent);
    }
    for (int entry = submitted - left; entry < submitted; entry++) {
      unsent.onUnsent(entry, NOT_SUBMITTED);
    }
  }

  /// Whether the kernel failed it in a way that no next submit mends.
  public boolean isBroken() {
    return broken;
  }

  /// @return how many entries the kernel did not take
  private int enter(int submitted) {
    INT.setRelease(rings, tailAt, tail);
    int left = submitted;
    for (int tries = 0; left > 0 && tries < TRIES; tries++) {
      int result = kernel.enter(ring, left);
      int rest = tail - (int) INT.getAcquire(rings, headAt);
      if (left - rest != Math.max(result, 0) || (result < 0 && !isPassing(-result))) {
        broken = true;
        return rest;
      }
      if (rest < left) {
        left = rest;
        tries = 0;
      }
    }
    return left;
  }

  private boolean overflowed() {
    return (int) INT.getAcquire(rings, overflowAt) != 0
        || ((int) INT.getAcquire(rings, flagsAt) & COMPLETIONS_OVERFLOWED) != 0;
  }

  private static boolean isPassing(int errno) {
    return errno == Kernel.EINTR || errno == Kernel.EAGAIN || errno == Kernel.EBUSY;
  }

  private void reap(Unsent unsent) {
    int head = rings.get(JAVA_INT, completionHeadAt);
    int end = (int) INT.getAcquire(rings, completionTailAt);
    while (head != end) {
      long at = completionsAt + (long) COMPLETION_BYTES * (head & completionMask);
      int entry = (int) rings.get(JAVA_LONG, at);
      int result = rings.get(JAVA_INT, at + COMPLETION_RESULT);
      head++;
      INT.setRelease(rings, completionHeadAt, head);
      unsent.onUnsent(entry, result);
    }
  }

  /// Gives the ring back; what was added and not submitted is not sent.
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      kernel.unmap(entries.address(), entries.byteSize());
      kernel.unmap(rings.address(), rings.byteSize());
      kernel.close(ring);
    }
  }
}
