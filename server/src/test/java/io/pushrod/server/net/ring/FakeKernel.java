package io.pushrod.server.net.ring;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.Set;

/// A kernel that keeps its rings in plain memory and lets the test answer each send. It insists on
/// what makes sends safe: their flags, and one per socket and submit.
public final class FakeKernel implements Kernel {
  /// Answers one send.
  public interface Sends {
    /// @return bytes taken, or a negative errno
    int send(int descriptor, MemorySegment bytes);
  }

  private static final int FLAGS = 8;
  private static final int COMPLETION_HEAD = 12;
  private static final int COMPLETION_TAIL = 16;
  private static final int OVERFLOW = 20;
  private static final int INDEXES = 64;
  private static final int COMPLETIONS = INDEXES + 4 * 512;
  private static final int RINGS_BYTES = COMPLETIONS + 16 * 1024;

  private final Sends sends;
  private final MemorySegment rings = Arena.ofAuto().allocate(RINGS_BYTES, 16);
  private final MemorySegment entries = Arena.ofAuto().allocate(64 * 512, 64);
  private final ArrayDeque<Integer> enters = new ArrayDeque<>();
  private final Set<Integer> inSubmit = new HashSet<>();
  private int setup = 100;
  private int features = 0xffff;
  private boolean hasSend = true;
  private long mapped;
  private boolean entriesRefused;
  private boolean closed;
  private boolean overflows;

  /// How often it was entered.
  public int entered;

  public FakeKernel(Sends sends) {
    this.sends = sends;
  }

  /// Refuses rings.
  FakeKernel refuses(int errno) {
    setup = -errno;
    return this;
  }

  FakeKernel has(int theseFeatures) {
    features = theseFeatures;
    return this;
  }

  FakeKernel hasNoSend() {
    hasSend = false;
    return this;
  }

  FakeKernel refusesEntries() {
    entriesRefused = true;
    return this;
  }

  /// How the next enter ends: a negative errno, or how many entries it takes at most.
  public FakeKernel next(int result) {
    enters.add(result);
    return this;
  }

  /// Loses answers from now on.
  public FakeKernel overflows() {
    overflows = true;
    return this;
  }

  /// Whether all that was asked for was given back.
  public boolean hasAllBack() {
    return closed && mapped == 0;
  }

  @Override
  public int setup(int entryCount, MemorySegment params) {
    if (setup >= 0) {
      params.set(JAVA_INT, 20, features);
      params.set(JAVA_INT, 40, 0);
      params.set(JAVA_INT, 44, 4);
      params.set(JAVA_INT, 56, FLAGS);
      params.set(JAVA_INT, 64, INDEXES);
      params.set(JAVA_INT, 80, COMPLETION_HEAD);
      params.set(JAVA_INT, 84, COMPLETION_TAIL);
      params.set(JAVA_INT, 96, OVERFLOW);
      params.set(JAVA_INT, 100, COMPLETIONS);
    }
    return setup;
  }

  @Override
  public int probe(int ring, MemorySegment probe, int operations) {
    probe.set(JAVA_SHORT, 16 + 8 * 26 + 2, (short) (hasSend ? 1 : 0));
    return 0;
  }

  @Override
  public long map(int ring, long offset, long bytes) {
    if (offset != 0 && entriesRefused) {
      return -12;
    }
    mapped += bytes;
    return (offset == 0 ? rings : entries).address();
  }

  @Override
  public void unmap(long address, long bytes) {
    mapped -= bytes;
  }

  @Override
  public void close(int ring) {
    closed = true;
  }

  @Override
  public int enter(int ring, int toSubmit) {
    entered++;
    Integer scripted = enters.poll();
    if (scripted != null && scripted < 0) {
      return scripted;
    }
    int taken = scripted == null ? toSubmit : Math.min(scripted, toSubmit);
    int head = rings.get(JAVA_INT, 0);
    if (rings.get(JAVA_INT, 4) - head != toSubmit) {
      throw new AssertionError("to submit: " + toSubmit + " (expected: all that is queued)");
    }
    inSubmit.clear();
    for (int i = 0; i < taken; i++) {
      take(rings.get(JAVA_INT, INDEXES + 4L * (head++ & 511)));
    }
    rings.set(JAVA_INT, 0, head);
    return taken;
  }

  private void take(int index) {
    long at = 64L * index;
    int descriptor = entries.get(JAVA_INT, at + 4);
    int length = entries.get(JAVA_INT, at + 24);
    if (entries.get(JAVA_BYTE, at) != 26
        || entries.get(JAVA_BYTE, at + 1) != 0x40
        || entries.get(JAVA_INT, at + 28) != (0x40 | 0x100 | 0x4000)) {
      throw new AssertionError("entry: without its flags");
    }
    if (!inSubmit.add(descriptor)) {
      throw new AssertionError("socket: twice in one submit");
    }
    MemorySegment bytes =
        MemorySegment.ofAddress(entries.get(JAVA_LONG, at + 16)).reinterpret(length);
    int result = sends.send(descriptor, bytes);
    if (overflows) {
      rings.set(JAVA_INT, OVERFLOW, 1);
    } else if (result != length) {
      complete(entries.get(JAVA_LONG, at + 32), result);
    }
  }

  private void complete(long userData, int result) {
    int tail = rings.get(JAVA_INT, COMPLETION_TAIL);
    long at = COMPLETIONS + 16L * (tail & 1023);
    rings.set(JAVA_LONG, at, userData);
    rings.set(JAVA_INT, at + 8, result);
    rings.set(JAVA_INT, COMPLETION_TAIL, tail + 1);
  }
}
