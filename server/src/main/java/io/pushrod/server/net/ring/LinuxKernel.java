package io.pushrod.server.net.ring;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;
import java.util.Locale;

/// The kernel that we run on, by the C library's `syscall`.
///
/// **Thread:** one at a time.
public final class LinuxKernel implements Kernel {
  // The same on every architecture since Linux 5.1.
  private static final long SETUP = 425;
  private static final long ENTER = 426;
  private static final long REGISTER = 427;

  private static final long REGISTER_PROBE = 8;
  private static final int PROT_READ_WRITE = 1 | 2;
  private static final int MAP_SHARED_POPULATE = 0x01 | 0x8000;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
  private static final VarHandle ERRNO =
      STATE.varHandle(MemoryLayout.PathElement.groupElement("errno"));

  /// `long syscall(long number, …)`.
  private static final MethodHandle SYSCALL =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("syscall"),
          FunctionDescriptor.of(
              JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
              JAVA_LONG),
          Linker.Option.firstVariadicArg(1),
          Linker.Option.captureCallState("errno"));

  private static final MethodHandle MMAP =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("mmap"),
          FunctionDescriptor.of(
              JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG),
          Linker.Option.captureCallState("errno"));

  private static final MethodHandle MUNMAP =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("munmap"),
          FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));

  private static final MethodHandle CLOSE =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("close"), FunctionDescriptor.of(JAVA_INT, JAVA_INT));

  private final MemorySegment state = Arena.ofAuto().allocate(STATE);

  private LinuxKernel() {}

  /// @throws RingException on any other system
  public static LinuxKernel load() throws RingException {
    String system = System.getProperty("os.name", "");
    String machine = System.getProperty("os.arch", "");
    boolean known = machine.equals("amd64") || machine.equals("aarch64");
    if (!system.toLowerCase(Locale.ROOT).equals("linux") || !known) {
      throw new RingException(
          "system: " + system + " on " + machine + " (expected: Linux on amd64 or aarch64)");
    }
    return new LinuxKernel();
  }

  @Override
  public int setup(int entries, MemorySegment params) {
    return call(SETUP, entries, params.address(), 0, 0);
  }

  @Override
  public int enter(int ring, int toSubmit) {
    return call(ENTER, ring, toSubmit, 0, 0);
  }

  @Override
  public int probe(int ring, MemorySegment probe, int operations) {
    return call(REGISTER, ring, REGISTER_PROBE, probe.address(), operations);
  }

  private int call(long number, long first, long second, long third, long fourth) {
    try {
      long result = (long) SYSCALL.invokeExact(state, number, first, second, third, fourth, 0L, 0L);
      return result < 0 ? -errno() : (int) result;
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  @Override
  public long map(int ring, long offset, long bytes) {
    try {
      long address =
          (long)
              MMAP.invokeExact(
                  state,
                  MemorySegment.NULL,
                  bytes,
                  PROT_READ_WRITE,
                  MAP_SHARED_POPULATE,
                  ring,
                  offset);
      return address == -1 ? -errno() : address;
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  @Override
  public void unmap(long address, long bytes) {
    try {
      int _ = (int) MUNMAP.invokeExact(address, bytes);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  @Override
  public void close(int ring) {
    try {
      int _ = (int) CLOSE.invokeExact(ring);
    } catch (Throwable e) {
      throw impossible(e);
    }
  }

  private int errno() {
    return (int) ERRNO.get(state, 0L);
  }

  private static IllegalStateException impossible(Throwable e) {
    return new IllegalStateException("system call: not made", e);
  }
}
