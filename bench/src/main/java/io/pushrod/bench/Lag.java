package io.pushrod.bench;

import io.pushrod.bench.MemoryWatch.Sample;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Readers.Seen;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/// A share of the readers lags for a while: does the server's memory stay at its bound, and do the
/// others notice?
final class Lag {
  /// Makes those lag that can.
  interface Hindrance {
    void begin(Readers process, String group) throws IOException, InterruptedException;
  }

  private static final int MAX_SECONDS = 600;
  private static final int AFTER_SECONDS = 10;
  private static final int STEPS = 4;
  private static final double MIB = Charts.MIB;
  private static final int CLASSES_SHOWN = 8;

  /// What the default retention holds; published before anything is measured, so that a growing log
  /// is not taken for growing outboxes.
  private static final long RETAINED_BYTES = 4 << 20;

  private static final long RETAINED_EVENTS = 10_000;
  private static final int FILL_RATE = 2_000;

  private static final String HEALTHY = "healthy";
  private static final String RESUMED = "resumed";

  private final String name;
  private final String lagging;
  private final LagOptions lag;
  private final ServerOptions options;
  private final Hindrance hindrance;
  private final Beside latency;
  private Map<String, Long> liveWhenHealthy = Map.of();

  /// @param name of the command
  /// @param lagging what the readers are that lag; also the phase in which they do
  Lag(String name, String lagging, LagOptions lag, ServerOptions options, Hindrance hindrance) {
    this.name = name;
    this.lagging = lagging;
    this.lag = lag;
    this.options = options;
    this.hindrance = hindrance;
    this.latency = new Beside(lagging + " ones");
  }

  /// @param title of the report
  /// @return the exit code of the command
  int run(String title) throws IOException, InterruptedException {
    options.requireOurs(name);
    Report report = Bench.report(name + '-' + lag.transport, title);
    try (Progress progress = Progress.start(name + ' ' + lag.transport, STEPS * lag.blocks)) {
      for (int block = 1; block <= lag.blocks; block++) {
        block(report, block, progress);
      }
    }
    latency.addTo(report);
    report.verified(
        "every delivery to the others, in sequence and byte by byte; those who lagged got every"
            + " sequence, alone, folded or named by a gap");
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  private void block(Report report, int block, Progress progress)
      throws IOException, InterruptedException {
    progress.step("fill the log, warm up");
    try (Pushrod server = options.open(Topics.one("bench/t"), lag.bytes, lag.readers, MAX_SECONDS);
        Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
      fill(server, lag.bytes);
      String group = server.name();
      var policy = Map.of("policy", lag.policy);
      process.open(
          group,
          server.door(Transport.of(lag.transport), server.topics(), policy),
          lag.readers,
          lag.lagging());
      window(server, process, AFTER_SECONDS);
      try (MemoryWatch watch = MemoryWatch.start(server, HEALTHY)) {
        progress.step(HEALTHY);
        Window without = window(server, process, lag.seconds);
        live(report, block, server, HEALTHY);
        progress.step(lagging);
        watch.enter(lagging);
        long got = process.stalled(group).deliveries();
        hindrance.begin(process, group);
        Window with = window(server, process, lag.seconds);
        Seen lagged = process.stalled(group);
        live(report, block, server, lagging);
        progress.step(RESUMED);
        watch.enter(RESUMED);
        process.resume(group);
        window(server, process, AFTER_SECONDS);
        live(report, block, server, RESUMED);
        Seen late = process.stalled(group);
        check(late);
        latency.add(without.seen().latencyNanos(), with.seen().latencyNanos());
        Charts.warn(report, block, with);
        report
            .fact("block %d, %s readers got meanwhile".formatted(block, lagging), text(lagged, got))
            .fact(
                "block %d, the same, %d s after it".formatted(block, AFTER_SECONDS),
                text(late, got));
        progress.aside(() -> print(block, watch.samples()));
        memory(report, block, watch);
        report.chart(watch.chart("Memory, block " + block));
      }
      process.close(group);
    }
  }

  /// Publishes a little more than the log keeps.
  static void fill(Pushrod server, int eventBytes) throws IOException, InterruptedException {
    long kept = Math.min(RETAINED_EVENTS, RETAINED_BYTES / eventBytes);
    server.drive(Load.one(kept * 11 / 10, FILL_RATE));
  }

  private Window window(Pushrod server, Readers process, int length)
      throws IOException, InterruptedException {
    Load load = Load.one((long) lag.rate * length, lag.rate);
    return Window.measure(server, process, lag.healthy() * load.rounds(), load);
  }

  private void check(Seen late) {
    if (late.missing() + late.repeated() + late.altered() + late.malformed() > 0) {
      throw new BenchException(lagging + " readers: run is invalid: " + late.flaws());
    }
  }

  /// Live heap at the end of a phase: what resident memory and the heap in use cannot tell from
  /// garbage.
  private void live(Report report, int block, Pushrod server, String phase)
      throws IOException, InterruptedException {
    Map<String, Long> live = Memory.liveBytes(server.pid(), Bench.logs());
    double bytes = live.getOrDefault("", 0L);
    report.row(
        "block " + block + " " + phase + ": live heap at its end", "MiB", List.of(bytes / MIB));
    if (phase.equals(HEALTHY)) {
      liveWhenHealthy = live;
    } else {
      printGrowth(live, phase);
    }
  }

  private void printGrowth(Map<String, Long> live, String phase) {
    System.out.printf("%nlive bytes by class, %s less healthy:%n", phase);
    live.entrySet().stream()
        .filter(e -> !e.getKey().isEmpty())
        .map(
            e -> Map.entry(e.getKey(), e.getValue() - liveWhenHealthy.getOrDefault(e.getKey(), 0L)))
        .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(CLASSES_SHOWN)
        .forEach(e -> System.out.printf(Locale.ROOT, "%,12d  %s%n", e.getValue(), e.getKey()));
  }

  /// @param before deliveries to them that do not count
  private static String text(Seen late, long before) {
    return "%d deliveries, %d gaps over %d events, %d folded, %d closed; without announcement %d missing, %d repeated"
        .formatted(
            late.deliveries() - before,
            late.gaps(),
            late.gapEvents(),
            late.folded(),
            late.closed(),
            late.missing(),
            late.repeated());
  }

  private static void print(int block, List<Sample> samples) {
    System.out.printf(
        "%nblock %d%n%8s %-8s %10s %10s %10s %10s%n",
        block, "second", "phase", "rss MiB", "heap MiB", "direct MiB", "kernel MiB");
    String shown = "";
    for (Sample s : samples) {
      boolean edge = !s.phase().equals(shown) || s.equals(samples.getLast());
      if (edge || Math.round(s.second()) % 5 == 0) {
        System.out.printf(
            "%8.0f %-8s %10.1f %10.1f %10.1f %10.1f%n",
            s.second(),
            s.phase(),
            s.memory().rssBytes() / MIB,
            s.heapBytes() / MIB,
            s.directBytes() / MIB,
            s.memory().kernelTcpBytes() / MIB);
      }
      shown = s.phase();
    }
  }

  private void memory(Report report, int block, MemoryWatch watch) {
    for (String phase : List.of(HEALTHY, lagging, RESUMED)) {
      String row = "block " + block + " " + phase + ": ";
      report
          .row(row + "resident", "MiB", mib(watch, phase, s -> s.memory().rssBytes()))
          .row(row + "direct", "MiB", mib(watch, phase, Sample::directBytes))
          .row(
              row + "kernel TCP, both ends",
              "MiB",
              mib(watch, phase, s -> s.memory().kernelTcpBytes()));
    }
    double perSecond = watch.trend(lagging, s -> s.memory().rssBytes() / MIB).perSecond();
    if (Double.isFinite(perSecond)) {
      report.row(
          "block " + block + " " + lagging + ": resident grows by",
          "MiB/min",
          List.of(60 * perSecond));
    }
  }

  private static List<Double> mib(MemoryWatch watch, String phase, ToDoubleFunction<Sample> bytes) {
    return watch.samples(phase).stream().map(s -> bytes.applyAsDouble(s) / MIB).toList();
  }
}
