package io.pushrod.bench.run;

import io.pushrod.bench.run.Readers.Seen;
import java.io.IOException;
import java.util.List;

/// What one target did with a fixed number of events for a fixed number of readers.
///
/// @param target name of it
/// @param deliveries verified by the healthy readers
/// @param elapsedNanos from the first event to the last delivery
/// @param cpuNanos of the target; 0 when it runs elsewhere
/// @param userShare of the target's CPU that was spent in user mode; NaN when unknown
/// @param readerCpuNanos of the readers' process
/// @param harnessCpuNanos of the publisher and the rest of this process
/// @param late events that were sent after the next one was due
/// @param foreignShare CPU of others as a share of one core
/// @param softirqShare CPU of ksoftirqd as a share of one core
/// @param stealShare of one core
/// @param load average
/// @param seen by the healthy readers
public record Window(
    String target,
    long deliveries,
    long elapsedNanos,
    long cpuNanos,
    double userShare,
    long readerCpuNanos,
    long harnessCpuNanos,
    long late,
    double foreignShare,
    double softirqShare,
    double stealShare,
    double load,
    Seen seen) {
  private static final int STRAGGLER_SECONDS = 10;

  /// Above this share of its core the load generator may be what limits.
  private static final double GENERATOR_LIMIT = 0.85;

  /// Drives `load` through `target` to the healthy readers of the group that bears its name.
  ///
  /// @param deliveriesWanted by all of them together
  /// @throws BenchException when a reader missed, repeated or altered an event
  public static Window measure(Target target, Readers readers, long deliveriesWanted, Load load)
      throws IOException, InterruptedException {
    Window window = observe(target, readers, deliveriesWanted, load, STRAGGLER_SECONDS);
    Seen seen = window.seen;
    if (seen.deliveries() != deliveriesWanted || !seen.flaws().isEmpty()) {
      throw new BenchException(
          "%s: run is invalid: %,d deliveries (expected: %,d) %s"
              .formatted(target.name(), seen.deliveries(), deliveriesWanted, seen.flaws()));
    }
    return window;
  }

  /// The same without judging what came: for rates that may be too high.
  ///
  /// @param stragglerSeconds to wait for the last delivery after the last event
  public static Window observe(
      Target target, Readers readers, long deliveriesWanted, Load load, int stragglerSeconds)
      throws IOException, InterruptedException {
    String group = target.name();
    List<Long> pids = target.pids();
    long self = ProcessHandle.current().pid();
    readers.clear(group);
    Machine before = Machine.now(pids);
    CpuSplit split = CpuSplit.of(pids);
    long cpu = CpuClock.nanos(pids);
    long readerCpu = CpuClock.nanos(readers.pids());
    long ownCpu = CpuClock.nanos(self);
    long start = System.nanoTime();
    long late = target.drive(load);
    readers.await(group, deliveriesWanted, stragglerSeconds);
    long elapsed = System.nanoTime() - start;
    cpu = CpuClock.nanos(pids) - cpu;
    readerCpu = CpuClock.nanos(readers.pids()) - readerCpu;
    ownCpu = CpuClock.nanos(self) - ownCpu;
    double user = CpuSplit.of(pids).userShareSince(split);
    Machine after = Machine.now(pids);
    Seen seen = readers.healthy(group);
    return new Window(
        group,
        seen.deliveries(),
        elapsed,
        cpu,
        user,
        readerCpu,
        ownCpu,
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

  public double userMicrosPerDelivery() {
    return cpuMicrosPerDelivery() * userShare;
  }

  public double readerMicrosPerDelivery() {
    return readerCpuNanos / 1e3 / deliveries;
  }

  public double wireBytesPerDelivery() {
    return (double) seen.wireBytes() / deliveries;
  }

  public double deliveriesPerSecond() {
    return deliveries * 1e9 / elapsedNanos;
  }

  /// CPU of readers, publisher and harness as a share of the core they have.
  public double generatorShare() {
    return (double) (readerCpuNanos + harnessCpuNanos) / elapsedNanos;
  }

  /// CPU of the target in cores.
  public double targetShare() {
    return (double) cpuNanos / elapsedNanos;
  }

  /// Whether the figures may be those of the load generator.
  public boolean isLimitedByGenerator() {
    return generatorShare() > GENERATOR_LIMIT;
  }
}
