package io.pushrod.bench;

import static java.util.Objects.requireNonNullElse;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Metrics;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Trend;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/// Looks at a server's memory every second, inside and outside.
///
/// **Thread:** started, told phases and closed by one; the looks are made by a thread of its own.
final class MemoryWatch implements AutoCloseable {
  /// One look.
  ///
  /// @param second since the start
  /// @param phase of the run
  /// @param heapBytes in use, garbage included
  record Sample(double second, String phase, Memory memory, double heapBytes, double directBytes) {}

  private final Pushrod server;
  private final long startNanos = System.nanoTime();
  private final List<Sample> samples = Collections.synchronizedList(new ArrayList<>());
  private final ScheduledExecutorService thread = Executors.newSingleThreadScheduledExecutor();
  private volatile String phase;
  private volatile @Nullable Exception failure;

  private MemoryWatch(Pushrod server, String phase) {
    this.server = server;
    this.phase = phase;
  }

  static MemoryWatch start(Pushrod server, String phase) {
    MemoryWatch watch = new MemoryWatch(server, phase);
    var _ = watch.thread.scheduleAtFixedRate(watch::look, 0, 1, TimeUnit.SECONDS);
    return watch;
  }

  private void look() {
    try {
      String now = phase;
      Metrics metrics = server.metrics();
      samples.add(
          new Sample(
              (System.nanoTime() - startNanos) / 1e9,
              now,
              Memory.of(server.pid()),
              metrics.value(Pushrod.HEAP_USED),
              metrics.value(Pushrod.DIRECT_MEMORY)));
    } catch (IOException | RuntimeException e) {
      failure = requireNonNullElse(failure, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  /// What follows belongs to this phase.
  void enter(String next) {
    phase = next;
  }

  /// What it saw so far.
  ///
  /// @throws BenchException when a look failed
  List<Sample> samples() {
    Exception failed = failure;
    if (failed != null) {
      throw new BenchException("memory: " + failed + " (expected: a look every second)");
    }
    return List.copyOf(samples);
  }

  List<Sample> samples(String of) {
    return samples().stream().filter(sample -> sample.phase.equals(of)).toList();
  }

  /// How one figure went in a phase.
  Trend trend(String of, ToDoubleFunction<Sample> figure) {
    List<Sample> some = samples(of);
    return Trend.of(
        some.stream().map(Sample::second).toList(),
        some.stream().map(sample -> figure.applyAsDouble(sample)).toList());
  }

  Chart chart(String title) {
    List<Sample> all = samples();
    return Chart.series(
        title,
        "s",
        "MiB",
        List.of(
            Charts.line("resident", all, Sample::second, s -> s.memory.rssBytes() / Charts.MIB),
            Charts.line("heap in use", all, Sample::second, s -> s.heapBytes / Charts.MIB),
            Charts.line("direct", all, Sample::second, s -> s.directBytes / Charts.MIB),
            Charts.line(
                "kernel TCP, both ends",
                all,
                Sample::second,
                s -> s.memory.kernelTcpBytes() / Charts.MIB)));
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
