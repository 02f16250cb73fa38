package io.pushrod.bench.storage;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.CpuClock;
import io.pushrod.bench.run.DiskUse;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Machine;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import org.HdrHistogram.Histogram;

/// What one journal did in one block: a window as fast as acknowledgements allow, then one at a
/// fixed pace, whose latencies are told.
///
/// @param version of the program
/// @param cpuNanos of its processes, in the first window
/// @param ownCpuNanos of the publishers, in the first window
/// @param writtenBytes that its processes had the kernel write to the disk, in the first window;
///   what was dropped again before it came to that, counts too
/// @param foreignShare CPU of others in the first window, as a share of one core
/// @param ackNanos in the second window, from when each event was meant to be sent
public record Cost(
    String version,
    long events,
    long elapsedNanos,
    long cpuNanos,
    long ownCpuNanos,
    long writtenBytes,
    double foreignShare,
    Histogram ackNanos) {

  /// How much is published.
  ///
  /// @param window events of each publisher on their way at most, as fast as they can
  /// @param perSecond events of all publishers to all topics, at a fixed pace; at least one to each
  ///   topic
  public record Pace(int publishers, int window, int perSecond, int warmUpSeconds, int seconds) {
    /// In the second window.
    Load load(int topics) {
      int each = perSecond / topics;
      if (each < 1) {
        throw new BenchException(
            "--rate: " + perSecond + " (expected: >= " + topics + ", one event to each topic)");
      }
      return new Load(topics, (long) each * seconds, each);
    }
  }

  /// Starts the journal afresh, warms it up and measures it.
  ///
  /// @throws BenchException when it did not store what it acknowledged, by its own count
  public static Cost measure(JournalKind kind, Place place, List<String> settings, Pace pace)
      throws IOException, InterruptedException {
    place.settle();
    int topics = place.topics().count();
    Load load = pace.load(topics);
    try (Journal journal = kind.start(place, settings);
        Publishers publishers = Publishers.open(kind.label(), journal, pace.publishers, topics)) {
      publishers.flood(pace.window, Duration.ofSeconds(pace.warmUpSeconds));
      Cost fast = flood(journal, publishers, pace);
      Histogram nanos = publishers.pace(load);
      long acked = publishers.acked();
      if (journal.stored() != acked) {
        throw new BenchException(
            "%s: %,d stored (expected: %,d, those acknowledged)"
                .formatted(kind.label(), journal.stored(), acked));
      }
      return fast.withLatency(nanos);
    }
  }

  private static Cost flood(Journal journal, Publishers publishers, Pace pace)
      throws IOException, InterruptedException {
    long self = ProcessHandle.current().pid();
    Machine before = Machine.now(List.of());
    long written = DiskUse.of(journal.pids()).writtenBytes();
    long cpu = CpuClock.nanos(journal.pids());
    long own = CpuClock.nanos(self);
    long begin = System.nanoTime();
    long events = publishers.flood(pace.window, Duration.ofSeconds(pace.seconds));
    long elapsed = System.nanoTime() - begin;
    return new Cost(
        journal.version(),
        events,
        elapsed,
        CpuClock.nanos(journal.pids()) - cpu,
        CpuClock.nanos(self) - own,
        DiskUse.of(journal.pids()).writtenBytes() - written,
        Machine.now(List.of()).foreignSince(before),
        new Histogram(3));
  }

  private Cost withLatency(Histogram nanos) {
    return new Cost(
        version, events, elapsedNanos, cpuNanos, ownCpuNanos, writtenBytes, foreignShare, nanos);
  }

  public double perSecond() {
    return events * 1e9 / elapsedNanos;
  }

  public double cpuMicrosPerAck() {
    return cpuNanos / 1e3 / events;
  }

  public double serverCores() {
    return (double) cpuNanos / elapsedNanos;
  }

  public double publisherCores() {
    return (double) ownCpuNanos / elapsedNanos;
  }

  public double writtenPerAck() {
    return (double) writtenBytes / events;
  }

  public double ackMillis(double percentile) {
    return ackNanos.getValueAtPercentile(percentile) / 1e6;
  }
}
