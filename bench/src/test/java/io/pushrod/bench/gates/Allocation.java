package io.pushrod.bench.gates;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// Measures what an operation allocates on this thread.
///
/// A method allocates more until it is compiled, and again for a moment when it is compiled anew;
/// it never allocates less than it must. So batches are run until the median of the last few is at
/// most what is allowed, and only when that never comes the operation is said to allocate more. A
/// busy machine makes this slower, not wrong.
final class Allocation {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

  private static final int CALLS_PER_BATCH = 2_000;
  private static final int OPERATIONS_PER_BATCH = 20_000;
  private static final int MEDIAN_OF = 7;
  private static final long MAX_NANOS = 20_000_000_000L;

  private Allocation() {}

  /// @param allowed bytes per operation at which it stops to look for less
  /// @return the lowest median that was seen, bytes per operation
  static double bytesPerOperation(Gate gate, double allowed) {
    int calls = Math.max(CALLS_PER_BATCH, OPERATIONS_PER_BATCH / gate.perCall());
    double[] last = new double[MEDIAN_OF];
    double lowest = Double.MAX_VALUE;
    long begun = System.nanoTime();
    for (int batch = 0; ; batch++) {
      last[batch % MEDIAN_OF] = batch(gate, calls) / ((double) calls * gate.perCall());
      if (batch >= MEDIAN_OF) {
        lowest = Math.min(lowest, median(last));
        if (lowest <= allowed || System.nanoTime() - begun > MAX_NANOS) {
          return lowest;
        }
      }
    }
  }

  private static long batch(Gate gate, int calls) {
    long sum = 0;
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < calls; i++) {
      sum += gate.call().getAsLong();
    }
    long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
    Gate.returned = sum;
    return bytes;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
