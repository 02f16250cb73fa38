package io.pushrod.bench.faults;

import io.pushrod.bench.faults.Oracle.Verdict;
import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.PushrodAddress;
import io.pushrod.bench.run.Spread;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// A run of the fault suite: processes and clients, a schedule of faults, and the verdict.
///
/// @param overMillis in which the faults begin, about
/// @param perSecond events of each publisher on the ingest port
/// @param settings of the servers, behind those of the suite
public record Suite(
    Backend backend,
    long seed,
    int faults,
    long overMillis,
    int servers,
    int readers,
    int perSecond,
    List<String> settings) {
  private static final int MOST_SHOWN = 10;
  private static final int SPARE_SECONDS = 600;

  /// Besides the faults.
  private static final int STEPS = 3;

  public Suite {
    settings = List.copyOf(settings);
  }

  /// What keeps a backend from running here; null when it can.
  public static @Nullable String missing(Backend backend) {
    return backend.isShared() && !RedisProcess.isInstalled()
        ? "redis-server: not found (expected: Debian package redis-server)"
        : null;
  }

  /// Where a server is that was not started here, and with what to talk to it.
  public record Foreign(PushrodAddress address, String token) {}

  /// Runs it.
  ///
  /// @param root of the repository
  /// @param results folder for the report
  /// @param logs folder in which it makes one of its own, which stays
  /// @param foreign null to start servers
  /// @return whether nothing was wrong
  public boolean run(
      Path root, Path results, Path logs, @Nullable Foreign foreign, Supplier<Report> reports)
      throws IOException, InterruptedException {
    Path own = emptied(logs.resolve("faults-" + backend.label() + '-' + seed));
    Oracle oracle = new Oracle(backend);
    List<Fault> schedule;
    long unanswered;
    int maxSeconds = (int) (4 * overMillis / 1_000) + SPARE_SECONDS;
    try (Progress progress = Progress.start("faults " + backend.label(), faults + STEPS);
        Trail trail = new Trail(own.resolve("trail.log"));
        Ending<Stage> stage =
            new Ending<>(
                foreign == null
                    ? Stage.start(root, own, backend, servers, settings, maxSeconds)
                    : Stage.at(foreign.address(), foreign.token(), own));
        Crowd crowd = new Crowd(stage.of(), oracle, trail, perSecond, prefix())) {
      trail.note("seed " + seed);
      schedule = Schedule.of(seed, faults, overMillis, stage.of().ground()).faults();
      progress.step("start");
      crowd.start(readers);
      new Injector(stage.of(), crowd, oracle, trail)
          .run(schedule, fault -> progress.step(fault.kind().label));
      progress.step("recover");
      stage.of().awaitReady().forEach(server -> oracle.onStuck(server + ": not ready"));
      progress.step("catch up");
      crowd.settle();
      unanswered = crowd.unanswered();
    }
    Verdict verdict = oracle.judge();
    Files.write(
        own.resolve("violations.log"),
        verdict.violations().stream().map(Violation::toString).toList());
    Report report = report(reports.get(), schedule, verdict, unanswered);
    report.print(System.out);
    report.write(results);
    if (!verdict.isClean()) {
      verdict.violations().stream().limit(MOST_SHOWN).forEach(System.out::println);
    }
    System.out.println("what happened when: " + own);
    return verdict.isClean();
  }

  /// So that a server which was used before has none of these topics.
  private String prefix() {
    return Long.toString(System.currentTimeMillis(), 36);
  }

  private static Path emptied(Path folder) throws IOException {
    if (Files.exists(folder)) {
      List<Path> all;
      try (Stream<Path> files = Files.walk(folder)) {
        all = files.sorted(Comparator.reverseOrder()).toList();
      }
      for (Path file : all) {
        Files.delete(file);
      }
    }
    return Files.createDirectories(folder);
  }

  private Report report(Report report, List<Fault> schedule, Verdict verdict, long unanswered) {
    Map<String, Long> kinds =
        schedule.stream()
            .collect(
                Collectors.groupingBy(
                    fault -> fault.kind().label, TreeMap::new, Collectors.counting()));
    report
        .method(
            "Faults of a schedule that the seed gives are done to real processes and links, at most "
                + Schedule.MOST_AT_ONCE
                + " at a time, under load. An oracle is told what publishers heard and what readers got."
                + " What it found is counted when all was mended and everybody had time to catch up.")
        .fact("seed", seed)
        .fact("backend", backend.label());
    kinds.forEach((kind, count) -> row(report, kind, count));
    row(report, "publications acknowledged", verdict.publications());
    row(report, "publications refused", verdict.refused());
    row(report, "publications without an answer", unanswered);
    row(report, "deliveries", verdict.deliveries());
    row(report, "folded events", verdict.folded());
    row(report, "connections of readers", verdict.resumed());
    row(report, "runs", verdict.runs());
    verdict.gaps().forEach((reason, count) -> row(report, "gaps announced: " + reason, count));
    for (Violation.Kind kind : Violation.Kind.values()) {
      row(report, kind.label, verdict.count(kind));
    }
    verdict.violations().stream()
        .limit(MOST_SHOWN)
        .forEach(violation -> report.warn(violation.toString()));
    return report.chart(
        Chart.bars(
            "Faults",
            "",
            kinds.entrySet().stream().map(each -> bar(each.getKey(), each.getValue())).toList(),
            OptionalDouble.empty()));
  }

  private static Chart.Bar bar(String name, long count) {
    return new Chart.Bar(name, Spread.of(List.of((double) count)));
  }

  private static void row(Report report, String name, long count) {
    report.row(name, "", List.of((double) count));
  }

  /// Ends what it holds when this process is told to end, too.
  private record Ending<T extends AutoCloseable>(T of, Thread hook) implements AutoCloseable {
    private Ending(T of) {
      this(of, Thread.ofPlatform().unstarted(() -> close(of)));
      Runtime.getRuntime().addShutdownHook(hook);
    }

    private static void close(AutoCloseable what) {
      try {
        what.close();
      } catch (Exception e) {
        throw new BenchException("close: " + e);
      }
    }

    @Override
    public void close() {
      try {
        Runtime.getRuntime().removeShutdownHook(hook);
      } catch (IllegalStateException e) {
        return; // The hook does it.
      }
      close(of);
    }
  }
}
