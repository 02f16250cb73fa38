package io.pushrod.bench;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Bar;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Spread;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.storage.Cost;
import io.pushrod.bench.storage.JournalKind;
import io.pushrod.bench.storage.Place;
import io.pushrod.bench.storage.SyncFloor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// Acknowledged events per second, and the time of an acknowledgement, by what it promises.
@Command(
    name = "storage",
    description = {
      "What durability costs: acknowledged events per second, CPU per acknowledgement and its",
      "latency, of Pushrod's backends, NATS JetStream and Redis' append-only file in turns."
    },
    mixinStandardHelpOptions = true)
final class Storage implements Callable<Integer> {
  private static final int MAX_SECONDS = 300;

  /// Others took more than this share of a core: the block is worth less.
  private static final double MOST_FOREIGN = 0.1;

  /// Above this share of their core the publishers may be what limits.
  private static final double MOST_PUBLISHERS = 0.85;

  private static final List<JournalKind> YARDSTICKS =
      List.of(JournalKind.REDIS_EVERYSEC, JournalKind.REDIS_ALWAYS);

  @Option(
      names = "--of",
      paramLabel = "NAME",
      split = ",",
      description = {
        "What is measured, joined by commas; without it all that can run here: pushrod-memory,",
        "pushrod-written, pushrod-synced, pushrod-redis, nats, nats-always, redis-everysec,",
        "redis-always. docs/benchmarks.md tells what an acknowledgement of each means."
      })
  List<String> names = new ArrayList<>();

  @Option(names = "--bytes", description = "Size of an event's payload (${DEFAULT-VALUE}).")
  int bytes = 200;

  @Option(names = "--topics", description = "Published to in turn (${DEFAULT-VALUE}).")
  int topics = 100;

  @Option(names = "--retained", description = "Events that a topic keeps (${DEFAULT-VALUE}).")
  int retained = 1_000;

  @Option(names = "--publishers", description = "Each with a connection (${DEFAULT-VALUE}).")
  int publishers = 4;

  @Option(
      names = "--window",
      description = "Events of each publisher on their way at most (${DEFAULT-VALUE}).")
  int window = 512;

  @Option(
      names = "--rate",
      description = "Events per second where latency is measured (${DEFAULT-VALUE}).")
  int rate = 2_000;

  @Option(names = "--seconds", description = "Of each of the two windows (${DEFAULT-VALUE}).")
  int seconds = 5;

  @Option(names = "--warm-up", description = "Seconds before them (${DEFAULT-VALUE}).")
  int warmUpSeconds = 5;

  @Option(names = "--blocks", description = "${DEFAULT-VALUE}")
  int blocks = 5;

  @Option(
      names = "--folder",
      paramLabel = "DIR",
      description = "On the disk that is measured (bench/target/logs).")
  @Nullable Path folder;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A setting of every Pushrod server; may be repeated.")
  List<String> settings = new ArrayList<>();

  private final Map<JournalKind, List<Cost>> costs = new EnumMap<>(JournalKind.class);
  private final List<Double> syncMillis = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    Path logs = folder == null ? Bench.logs() : Files.createDirectories(folder);
    Place place =
        new Place(
            Bench.root().toAbsolutePath(),
            logs.toAbsolutePath(),
            new Topics("bench/t", topics, 1),
            bytes,
            retained,
            MAX_SECONDS);
    String fileSystem = place.fileSystem();
    List<String> skipped = new ArrayList<>();
    List<JournalKind> kinds = JournalKind.present(wanted(), logs, skipped);
    skipped.forEach(why -> System.err.println(why + "; goes on without it"));
    kinds.forEach(kind -> costs.put(kind, new ArrayList<>()));
    try (Progress progress = Progress.start("storage", blocks * kinds.size())) {
      for (int block = 0; block < blocks; block++) {
        syncMillis.add(SyncFloor.measure(logs).getValueAtPercentile(50) / 1e6);
        block(place, kinds, block, progress);
      }
    }
    Report report = report(kinds, skipped).fact("file system", fileSystem);
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  /// @throws BenchException when a name is unknown
  List<JournalKind> wanted() {
    return names.isEmpty()
        ? List.of(JournalKind.values())
        : names.stream().map(JournalKind::of).distinct().toList();
  }

  private void block(Place place, List<JournalKind> kinds, int block, Progress progress)
      throws IOException, InterruptedException {
    List<JournalKind> order = new ArrayList<>(kinds);
    Collections.rotate(order, block);
    Cost.Pace pace = new Cost.Pace(publishers, window, rate, warmUpSeconds, seconds);
    for (JournalKind kind : order) {
      progress.step("block %d of %d: %s".formatted(block + 1, blocks, kind.label()));
      Cost cost = Cost.measure(kind, place, settings, pace);
      of(kind).add(cost);
      progress.aside(
          () ->
              System.out.printf(
                  "block %d: %s %,.0f acks/s, %.2f µs of CPU each, p99 %.2f ms%n",
                  block + 1,
                  kind.label(),
                  cost.perSecond(),
                  cost.cpuMicrosPerAck(),
                  cost.ackMillis(99)));
    }
  }

  private List<Cost> of(JournalKind kind) {
    return costs.getOrDefault(kind, List.of());
  }

  private Report report(List<JournalKind> kinds, List<String> skipped) {
    Report report =
        Bench.report(
            "storage",
            "what durability costs: %,d B to %,d topics by %d publishers with %,d on their way each, latency at %,d/s, %d blocks of 2 × %d s"
                .formatted(bytes, topics, publishers, window, rate, blocks, seconds));
    for (JournalKind kind : kinds) {
      rows(report, kind);
      report.fact(kind.label() + ", acknowledged", kind.promise());
      Stream.of(of(kind).getFirst().version())
          .filter(version -> !version.isEmpty())
          .forEach(version -> report.fact(kind.label() + ", version", version));
    }
    skipped.forEach(why -> report.warn("skipped: " + why));
    return report
        .row("one 4 KiB append and fdatasync, p50", "ms", syncMillis)
        .verified("each server's own count of what it stored is that of the acknowledgements")
        .chart(
            Chart.bars(
                "Acknowledged events per second",
                "1/s",
                kinds.stream().map(kind -> bar(kind)).toList(),
                OptionalDouble.empty()))
        .chart(
            Chart.percentiles(
                "Time of an acknowledgement at %,d/s, all blocks".formatted(rate),
                kinds.stream().map(kind -> curve(kind)).toList()));
  }

  private void rows(Report report, JournalKind kind) {
    row(report, kind, "acked/s", "", Cost::perSecond);
    for (JournalKind yardstick : YARDSTICKS) {
      if (costs.containsKey(yardstick)) {
        report.compare(kind.label(), "÷ " + yardstick.label(), "", ratios(kind, yardstick));
      }
    }
    row(report, kind, "CPU/ack", "µs", Cost::cpuMicrosPerAck);
    row(report, kind, "p50", "ms", cost -> cost.ackMillis(50));
    row(report, kind, "p99", "ms", cost -> cost.ackMillis(99));
    row(report, kind, "server", "cores", Cost::serverCores);
    row(report, kind, "publishers", "cores", Cost::publisherCores);
    row(report, kind, "written/ack", "B", Cost::writtenPerAck);
    row(report, kind, "foreign CPU", "cores", Cost::foreignShare);
    warn(report, kind, "others took more than a tenth of a core", Cost::foreignShare, MOST_FOREIGN);
    warn(
        report,
        kind,
        "the publishers took nearly all of their core; the rate may be theirs",
        Cost::publisherCores,
        MOST_PUBLISHERS);
  }

  private void row(
      Report report, JournalKind kind, String figure, String unit, ToDoubleFunction<Cost> value) {
    report.compare(
        kind.label(),
        figure,
        unit,
        of(kind).stream().map(cost -> value.applyAsDouble(cost)).toList());
  }

  private void warn(
      Report report, JournalKind kind, String what, ToDoubleFunction<Cost> value, double most) {
    long blocksAbove = of(kind).stream().filter(cost -> value.applyAsDouble(cost) > most).count();
    if (blocksAbove > 0) {
      report.warn("%s: in %d blocks %s".formatted(kind.label(), blocksAbove, what));
    }
  }

  /// In each block: its rate ÷ the other's.
  private List<Double> ratios(JournalKind kind, JournalKind other) {
    return IntStream.range(0, of(kind).size())
        .mapToObj(i -> of(kind).get(i).perSecond() / of(other).get(i).perSecond())
        .toList();
  }

  private Bar bar(JournalKind kind) {
    return new Bar(kind.label(), Spread.of(of(kind).stream().map(Cost::perSecond).toList()));
  }

  private Curve curve(JournalKind kind) {
    Histogram all = new Histogram(3);
    of(kind).forEach(cost -> all.add(cost.ackNanos()));
    return new Curve(kind.label(), all);
  }
}
