package io.pushrod.bench.run;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// Looks at a target twice a second, or as often as asked, while it works, for the charts of CPU
/// and memory over time.
///
/// **Thread:** started and closed by one; the looks are made by a thread of its own.
public final class Sampler implements AutoCloseable {
  private static final long PERIOD_MILLIS = 500;

  /// One look.
  ///
  /// @param second since the start
  /// @param targetCores CPU of the target since the look before, in cores
  /// @param generatorCores the same of readers, publisher and harness
  /// @param memory of the target's processes together
  public record Sample(double second, double targetCores, double generatorCores, Memory memory) {}

  private final List<Long> pids;
  private final List<Long> readersPids;
  private final List<Sample> samples = new ArrayList<>();
  private final long periodMillis;
  private final Thread thread;

  private Sampler(List<Long> pids, List<Long> readersPids, long periodMillis) {
    this.periodMillis = periodMillis;
    this.pids = pids;
    this.readersPids = readersPids;
    this.thread = Thread.ofPlatform().daemon().name("sampler").start(this::run);
  }

  public static Sampler start(Target target, Readers readers) {
    return start(target, readers, PERIOD_MILLIS);
  }

  public static Sampler start(Target target, Readers readers, long periodMillis) {
    return new Sampler(target.pids(), readers.pids(), periodMillis);
  }

  private void run() {
    long start = System.nanoTime();
    long before = start;
    try {
      long cpu = CpuClock.nanos(pids);
      long generator = generatorNanos();
      while (true) {
        TimeUnit.MILLISECONDS.sleep(periodMillis);
        long now = System.nanoTime();
        long cpuNow = CpuClock.nanos(pids);
        long generatorNow = generatorNanos();
        double passed = now - before;
        Sample sample =
            new Sample(
                (now - start) / 1e9,
                (cpuNow - cpu) / passed,
                (generatorNow - generator) / passed,
                Memory.of(pids));
        synchronized (samples) {
          samples.add(sample);
        }
        before = now;
        cpu = cpuNow;
        generator = generatorNow;
      }
    } catch (InterruptedException | IOException | BenchException e) {
      // Closed, or what it looks at has ended.
    }
  }

  private long generatorNanos() {
    return CpuClock.nanos(readersPids) + CpuClock.nanos(ProcessHandle.current().pid());
  }

  /// What it saw so far.
  public List<Sample> samples() {
    synchronized (samples) {
      return List.copyOf(samples);
    }
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
