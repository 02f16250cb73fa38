package io.pushrod.bench.run;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.time.Duration;
import java.util.Collection;

/// CPU time of another process by its POSIX process clock: nanoseconds, all threads, those that
/// ended included.
///
/// Rejected: summing `/proc/PID/task/*/schedstat` loses every thread that ended in the window (a
/// JVM's compiler threads come and go); `/proc/PID/stat` counts in steps of 10 ms.
public final class CpuClock {
  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle CLOCK_OF =
      function(
          "clock_getcpuclockid",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
  private static final MethodHandle TIME =
      function(
          "clock_gettime",
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));

  private CpuClock() {}

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }

  /// The sum over processes.
  public static long nanos(Collection<Long> pids) {
    return pids.stream().mapToLong(CpuClock::nanos).sum();
  }

  /// @throws BenchException when there is no such process
  public static long nanos(long pid) {
    try (Arena arena = Arena.ofConfined()) {
      MemorySegment clock = arena.allocate(ValueLayout.JAVA_INT);
      MemorySegment time = arena.allocate(ValueLayout.JAVA_LONG, 2);
      if ((int) CLOCK_OF.invokeExact((int) pid, clock) != 0
          || (int) TIME.invokeExact(clock.get(ValueLayout.JAVA_INT, 0), time) != 0) {
        throw new BenchException("process: " + pid + " (expected: one that runs)");
      }
      return Duration.ofSeconds(time.getAtIndex(ValueLayout.JAVA_LONG, 0)).toNanos()
          + time.getAtIndex(ValueLayout.JAVA_LONG, 1);
    } catch (BenchException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }
}
