package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Metrics;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Readers.Seen;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Some readers stop reading: does the server's memory stay at its bound, and do the others notice?
@Command(
    name = "stalled",
    description = "A share of the readers stops reading: memory over time, latency of the others.",
    mixinStandardHelpOptions = true)
final class Stalled implements Callable<Integer> {
  private static final int MAX_SECONDS = 300;
  private static final int AFTER_SECONDS = 10;
  private static final double MIB = 1 << 20;
  private static final int CLASSES_SHOWN = 8;

  /// What the default retention holds; published before anything is measured, so that a growing log
  /// is not taken for growing outboxes.
  private static final long RETAINED_BYTES = 4 << 20;

  private static final long RETAINED_EVENTS = 10_000;
  private static final int FILL_RATE = 2_000;

  @Option(names = "--transport", defaultValue = "ws", description = "ws or sse")
  String transport = "ws";

  @Option(names = "--readers", defaultValue = "1000")
  int readers;

  @Option(names = "--share", defaultValue = "10", description = "percent of readers that stall")
  int share;

  @Option(names = "--bytes", defaultValue = "2000", description = "size of an event's JSON")
  int bytes;

  @Option(names = "--rate", defaultValue = "50", description = "events per second")
  int rate;

  @Option(names = "--seconds", defaultValue = "30", description = "that they stall")
  int seconds;

  @Option(names = "--blocks", defaultValue = "1")
  int blocks;

  @Mixin private ServerOptions options = new ServerOptions();

  private record Sample(
      double second, String phase, Memory memory, double heapBytes, double directBytes) {}

  private final List<Double> withoutStalls = new ArrayList<>();
  private final List<Double> withStalls = new ArrayList<>();
  private volatile String phase = "healthy";
  private Map<String, Long> liveWhenHealthy = Map.of();

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("stalled");
    Report report =
        Bench.report(
            "stalled-" + transport,
            "%d %% of %,d readers over %s stall for %d s: %d events/s of %,d B, %d blocks"
                .formatted(share, readers, transport, seconds, rate, bytes, blocks));
    for (int block = 0; block < blocks; block++) {
      block(report, block + 1);
    }
    List<Double> ratios = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      ratios.add(withStalls.get(i) / withoutStalls.get(i));
    }
    report
        .row("p99 of the healthy without stalls", "ms", withoutStalls)
        .row("p99 of the healthy with stalls", "ms", withStalls)
        .row("with ÷ without", "", ratios);
    report.print(System.out);
    report.write(Bench.target());
    return 0;
  }

  private void block(Report report, int block) throws IOException, InterruptedException {
    int stalledCount = readers * share / 100;
    try (Pushrod server = options.open(Topics.one("bench/t"), bytes, readers, MAX_SECONDS);
        Readers process = Readers.start(Bench.logs(), MAX_SECONDS);
        ScheduledExecutorService sampler = Executors.newSingleThreadScheduledExecutor()) {
      server.drive(
          Load.one(Math.min(RETAINED_EVENTS, RETAINED_BYTES / bytes) * 11 / 10, FILL_RATE));
      String group = server.name();
      process.open(group, server.door(Transport.of(transport)), readers, stalledCount);
      int healthy = readers - stalledCount;
      p99(server, process, healthy, AFTER_SECONDS);
      List<Sample> samples = new CopyOnWriteArrayList<>();
      long start = System.nanoTime();
      var sampling =
          sampler.scheduleAtFixedRate(
              () -> samples.add(sample(server, start)), 0, 1, TimeUnit.SECONDS);
      phase = "healthy";
      withoutStalls.add(p99(server, process, healthy, seconds));
      live(report, block, server);
      phase = "stalled";
      process.stall(group);
      withStalls.add(p99(server, process, healthy, seconds));
      live(report, block, server);
      phase = "resumed";
      process.resume(group);
      p99(server, process, healthy, AFTER_SECONDS);
      live(report, block, server);
      Seen late = process.stalled(group);
      sampling.cancel(false);
      report.fact(
          "block %d, stalled readers after %d s".formatted(block, AFTER_SECONDS), text(late));
      memory(report, block, samples);
      process.close(group);
      if (late.missing() + late.repeated() + late.altered() + late.malformed() > 0) {
        throw new BenchException("stalled readers: run is invalid: " + late.flaws());
      }
    }
  }

  /// Live heap at the end of a phase: what resident memory and the heap in use cannot tell from
  /// garbage.
  private void live(Report report, int block, Pushrod server)
      throws IOException, InterruptedException {
    Map<String, Long> live = Memory.liveBytes(server.pid(), Bench.logs());
    double bytes = live.getOrDefault("", 0L);
    report.row(
        "block " + block + " " + phase + ": live heap at its end", "MiB", List.of(bytes / MIB));
    if (phase.equals("healthy")) {
      liveWhenHealthy = live;
    } else {
      printGrowth(live);
    }
  }

  private void printGrowth(Map<String, Long> live) {
    System.out.printf("%nlive bytes by class, %s less healthy:%n", phase);
    live.entrySet().stream()
        .filter(e -> !e.getKey().isEmpty())
        .map(
            e -> Map.entry(e.getKey(), e.getValue() - liveWhenHealthy.getOrDefault(e.getKey(), 0L)))
        .sorted(Map.Entry.<String, Long>comparingByValue(Comparator.reverseOrder()))
        .limit(CLASSES_SHOWN)
        .forEach(e -> System.out.printf(Locale.ROOT, "%,12d  %s%n", e.getValue(), e.getKey()));
  }

  private double p99(Pushrod server, Readers process, int healthy, int length)
      throws IOException, InterruptedException {
    Load load = Load.one((long) rate * length, rate);
    return Window.measure(server, process, healthy * load.rounds(), load).seen().latencyMillis(99);
  }

  private Sample sample(Pushrod server, long start) {
    try {
      Metrics metrics = server.metrics();
      return new Sample(
          (System.nanoTime() - start) / 1e9,
          phase,
          Memory.of(server.pid()),
          metrics.value(Pushrod.HEAP_USED),
          metrics.value(Pushrod.DIRECT_MEMORY));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("sampler: interrupted");
    }
  }

  private static String text(Seen late) {
    return "%d deliveries, %d gaps over %d events, %d folded, %d closed; without announcement %d missing, %d repeated"
        .formatted(
            late.deliveries(),
            late.gaps(),
            late.gapEvents(),
            late.folded(),
            late.closed(),
            late.missing(),
            late.repeated());
  }

  private static void memory(Report report, int block, List<Sample> samples) {
    System.out.printf(
        "%nblock %d%n%8s %-8s %10s %10s %10s %10s%n",
        block, "second", "phase", "rss MiB", "heap MiB", "direct MiB", "kernel MiB");
    String shown = "";
    for (Sample s : samples) {
      boolean edge = !s.phase.equals(shown) || s.equals(samples.getLast());
      if (edge || Math.round(s.second) % 5 == 0) {
        System.out.printf(
            "%8.0f %-8s %10.1f %10.1f %10.1f %10.1f%n",
            s.second,
            s.phase,
            s.memory.rssBytes() / MIB,
            s.heapBytes / MIB,
            s.directBytes / MIB,
            s.memory.kernelTcpBytes() / MIB);
      }
      shown = s.phase;
    }
    for (String phase : List.of("healthy", "stalled", "resumed")) {
      List<Sample> of = samples.stream().filter(s -> s.phase.equals(phase)).toList();
      String name = "block " + block + " " + phase + ": ";
      report.row(
          name + "resident", "MiB", of.stream().map(s -> s.memory.rssBytes() / MIB).toList());
      report.row(name + "direct", "MiB", of.stream().map(s -> s.directBytes / MIB).toList());
      report.row(
          name + "kernel TCP, both ends",
          "MiB",
          of.stream().map(s -> s.memory.kernelTcpBytes() / MIB).toList());
    }
  }
}
