package io.pushrod.bench.run;

import io.pushrod.bench.run.Readers.Seen;
import java.io.IOException;

/// What one target did with a fixed number of events for a fixed number of readers.
///
/// @param target name of it
/// @param deliveries verified by the healthy readers
/// @param cpuNanos of the target
/// @param readerCpuNanos of the readers' process
/// @param late rounds that began after the next one was due
/// @param foreignShare CPU of others as a share of one core
/// @param softirqShare CPU of ksoftirqd as a share of one core
/// @param stealShare of one core
/// @param load average
/// @param seen by the healthy readers
public record Window(
    String target,
    long deliveries,
    long cpuNanos,
    long readerCpuNanos,
    long late,
    double foreignShare,
    double softirqShare,
    double stealShare,
    double load,
    Seen seen) {
  private static final int STRAGGLER_SECONDS = 10;

  /// Drives `rounds` events through `target` to the `healthy` readers of the group that bears its
  /// name.
  ///
  /// @throws BenchException when a reader missed, repeated or altered an event
  public static Window measure(
      Target target, Readers readers, int healthy, long rounds, int perSecond)
      throws IOException, InterruptedException {
    String group = target.name();
    readers.clear(group);
    Machine before = Machine.now();
    long cpu = CpuClock.nanos(target.pid());
    long readerCpu = CpuClock.nanos(readers.pid());
    long late = target.drive(rounds, perSecond);
    readers.await(group, rounds * healthy, STRAGGLER_SECONDS);
    cpu = CpuClock.nanos(target.pid()) - cpu;
    readerCpu = CpuClock.nanos(readers.pid()) - readerCpu;
    Machine after = Machine.now();
    Seen seen = readers.healthy(group);
    if (seen.deliveries() != rounds * healthy || !seen.flaws().isEmpty()) {
      throw new BenchException(
          "%s: run is invalid: %d deliveries (expected: %d) %s"
              .formatted(group, seen.deliveries(), rounds * healthy, seen.flaws()));
    }
    return new Window(
        group,
        seen.deliveries(),
        cpu,
        readerCpu,
        late,
        after.foreignSince(before),
        after.softirqSince(before),
        after.stealSince(before),
        after.load(),
        seen);
  }

  public double cpuMicrosPerDelivery() {
    return cpuNanos / 1e3 / deliveries;
  }

  public double readerMicrosPerDelivery() {
    return readerCpuNanos / 1e3 / deliveries;
  }

  public double wireBytesPerDelivery() {
    return (double) seen.wireBytes() / deliveries;
  }
}
