package io.pushrod.bench;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Crowd;
import io.pushrod.bench.run.KneeSearch;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Metrics;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.WarmUp;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The highest rate of a fan-out that a server holds, and its latency at half of it.
@Command(
    name = "knee",
    description = {
      "Raises the rate of a fan-out until a delivery is lost or late or the p99 is too high.",
      "The knee is the highest rate that held; half of it is measured in a longer window."
    },
    mixinStandardHelpOptions = true)
final class Knee implements Callable<Integer> {
  private static final int MAX_SECONDS = 1200;

  /// For the last delivery after the last event; what comes later is too late.
  private static final int STRAGGLER_SECONDS = 2;

  /// A core of which less is left is full.
  private static final double FULL = 0.9;

  /// Of a core, by other processes.
  private static final double QUIET = 0.1;

  private static final int BUDGET_P99_MILLIS = 25;
  private static final int BUDGET_P999_MILLIS = 50;

  @Mixin private ServerOptions options = new ServerOptions();

  @Option(
      names = "--transport",
      description = "ws, sse, or mixed for half of each (${DEFAULT-VALUE}).")
  private String transport = "ws";

  @Option(names = "--readers", description = "How many there are (${DEFAULT-VALUE}).")
  private int readers = 1000;

  @Option(names = "--bytes", description = "Size of an event's JSON (${DEFAULT-VALUE}).")
  private int bytes = 200;

  @Option(names = "--start", description = "Events per second to begin at (${DEFAULT-VALUE}).")
  private int start = 100;

  @Option(names = "--most", description = "Events per second to end at (${DEFAULT-VALUE}).")
  private int most = 5000;

  @Option(names = "--seconds", description = "That a rate must hold (${DEFAULT-VALUE}).")
  private int seconds = 5;

  @Option(
      names = "--p99",
      paramLabel = "MILLIS",
      description = "That a rate must stay below (${DEFAULT-VALUE} ms).")
  private int limitMillis = 100;

  @Option(
      names = "--half-seconds",
      description = "Of the window at half of the knee (${DEFAULT-VALUE}).")
  private int halfSeconds = 30;

  /// @param perWrite deliveries per socket write; NaN when unknown
  /// @param loss what was lost, late or altered, in words; empty if nothing was
  private record Step(int rate, Window window, double perWrite, String loss, double limitMillis) {
    boolean held() {
      return loss.isEmpty() && p99() < limitMillis;
    }

    /// Why the rate does not hold.
    String fault() {
      return loss.isEmpty() ? "p99 %.0f ms".formatted(p99()) : loss;
    }

    double p99() {
      return window.seen().latencyMillis(99);
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    Crowd crowd = Crowd.of(transport, readers);
    KneeSearch search = new KneeSearch(start, most);
    Report report =
        Bench.report(
                "knee-" + crowd.label(),
                "highest rate over %s: %,d readers × %d B, held for %d s with p99 < %d ms"
                    .formatted(crowd.label(), readers, bytes, seconds, limitMillis))
            .method(
                "The rate rises by a quarter until a delivery is lost, comes too late or p99 is too"
                    + " high, then halves the distance to the last that held. After each that did"
                    + " not, the server is started afresh. Latency counts from the time at which an"
                    + " event was meant to be sent.");
    List<Step> steps = new ArrayList<>();
    Step half = search(search, crowd, steps);
    if (half == null) {
      throw new BenchException("rate: " + start + " (expected: one that holds)");
    }
    write(report, search, steps, half);
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  private @Nullable Step search(KneeSearch search, Crowd crowd, List<Step> steps)
      throws IOException, InterruptedException {
    try (Progress progress = Progress.start("knee", search.mostSteps() + 1);
        Readers process = Readers.start(Bench.logs(), 2 * MAX_SECONDS)) {
      return search(search, crowd, process, progress, steps);
    }
  }

  /// @return the step at half of the knee; null when there is no knee
  private @Nullable Step search(
      KneeSearch search, Crowd crowd, Readers process, Progress progress, List<Step> steps)
      throws IOException, InterruptedException {
    while (true) {
      int warmUpRate = Math.max(1, search.next().orElse(search.knee()) / 2);
      try (Pushrod server = open(crowd, process, warmUpRate)) {
        boolean held = true;
        for (OptionalInt next = search.next(); held && next.isPresent(); next = search.next()) {
          int rate = next.getAsInt();
          progress.step("%,d events/s".formatted(rate));
          Step step = step(server, process, rate, seconds);
          steps.add(step);
          progress.aside(() -> print(step));
          held = step.held();
          if (held) {
            search.onHeld(rate);
          } else {
            search.onFailed(rate);
          }
        }
        if (held && search.next().isEmpty()) {
          return search.knee() == 0 ? null : half(search, server, process, progress);
        }
        process.close(server.name());
      }
    }
  }

  private Step half(KneeSearch search, Pushrod server, Readers process, Progress progress)
      throws IOException, InterruptedException {
    progress.step("half of the knee");
    return step(server, process, Math.max(1, search.knee() / 2), halfSeconds);
  }

  /// A server that is warm, with all its readers.
  private Pushrod open(Crowd crowd, Readers process, int rate)
      throws IOException, InterruptedException {
    Pushrod server = options.open(Topics.one("bench/t"), bytes, readers, MAX_SECONDS);
    try {
      crowd.enter(server, process);
      WarmUp.run(server, process, readers, Load.one(rate, rate));
      return server;
    } catch (IOException | InterruptedException | RuntimeException e) {
      server.close();
      throw e;
    }
  }

  private Step step(Pushrod server, Readers process, int rate, int length)
      throws IOException, InterruptedException {
    Load load = Load.one((long) rate * length, rate);
    long wanted = load.events() * readers;
    double before = socketWrites(server);
    Window window = Window.observe(server, process, wanted, load, STRAGGLER_SECONDS);
    double perWrite = window.deliveries() / (socketWrites(server) - before);
    return new Step(rate, window, perWrite, loss(window, wanted), limitMillis);
  }

  private static double socketWrites(Pushrod server) throws IOException, InterruptedException {
    if (!server.hasMetrics()) {
      return Double.NaN;
    }
    Metrics metrics = server.metrics();
    return metrics.value(Pushrod.SOCKET_WRITES);
  }

  private static String loss(Window window, long wanted) {
    String flaws = window.seen().flaws();
    if (window.deliveries() == wanted && flaws.isEmpty()) {
      return "";
    }
    return "%,d of %,d deliveries lost or late %s"
        .formatted(wanted - window.deliveries(), wanted, flaws)
        .strip();
  }

  private void print(Step step) {
    Window window = step.window;
    System.out.printf(
        "%,d events/s = %,d deliveries/s: p99 %.1f ms, server %.2f cores, generator %.2f cores%s%n",
        step.rate,
        (long) step.rate * readers,
        window.seen().latencyMillis(99),
        window.targetShare(),
        window.generatorShare(),
        step.held() ? "" : " – " + step.fault());
  }

  private void write(Report report, KneeSearch search, List<Step> steps, Step half) {
    Step knee =
        steps.stream().filter(s -> s.held() && s.rate == search.knee()).findFirst().orElseThrow();
    write(report, "knee", knee);
    write(report, "half of it", half);
    if (!half.loss.isEmpty()) {
      report.invalid("half of the knee: " + half.loss);
    }
    double foreign = Math.max(foreign(steps), half.window.foreignShare());
    if (foreign > QUIET) {
      report.warn(
          "other processes took up to %.0f %% of a core: rates may have failed for nothing"
              .formatted(100 * foreign));
    }
    steps.stream()
        .filter(step -> !step.held())
        .min(Comparator.comparingInt(Step::rate))
        .ifPresent(s -> report.fact("first that did not hold", s.rate + "/s: " + s.fault()));
    report
        .fact("budget at half of the knee", budget(half))
        .fact("limited by", limit(report, search, knee, steps))
        .verified("every delivery at the rates that held, in sequence and byte by byte");
    charts(report, steps, half);
  }

  private static double foreign(List<Step> steps) {
    return steps.stream().mapToDouble(s -> s.window.foreignShare()).max().orElse(0);
  }

  private static String budget(Step half) {
    double high = half.window.seen().latencyMillis(99.9);
    boolean met = half.p99() <= BUDGET_P99_MILLIS && high <= BUDGET_P999_MILLIS;
    return "p99 ≤ %d ms, p99.9 ≤ %d ms: %s"
        .formatted(BUDGET_P99_MILLIS, BUDGET_P999_MILLIS, met ? "met" : "missed");
  }

  private void write(Report report, String name, Step step) {
    Window window = step.window;
    compare(report, name, "events/s", "", step.rate);
    compare(report, name, "deliveries/s", "", (double) step.rate * readers);
    compare(report, name, "p50", "ms", window.seen().latencyMillis(50));
    compare(report, name, "p99", "ms", window.seen().latencyMillis(99));
    compare(report, name, "p99.9", "ms", window.seen().latencyMillis(99.9));
    compare(report, name, "deliveries/write", "", step.perWrite);
    compare(report, name, "CPU/delivery", "µs", window.cpuMicrosPerDelivery());
    compare(report, name, "server", "cores", window.targetShare());
    compare(report, name, "generator", "cores", window.generatorShare());
    compare(report, name, "readers' CPU/delivery", "µs", window.readerMicrosPerDelivery());
    compare(report, name, "late events", "", (double) window.late());
    compare(report, name, "foreign CPU", "cores", window.foreignShare());
  }

  private static void compare(
      Report report, String target, String figure, String unit, double value) {
    if (!Double.isNaN(value)) {
      report.compare(target, figure, unit, List.of(value));
    }
  }

  private static String limit(Report report, KneeSearch search, Step knee, List<Step> steps) {
    if (!search.isBounded()) {
      report.warn("every rate up to --most held: the knee is a lower bound");
      return "--most";
    }
    Window failed =
        steps.stream()
            .filter(step -> !step.held())
            .min(Comparator.comparingInt(Step::rate))
            .orElseThrow()
            .window;
    if (failed.isLimitedByGenerator() || knee.window.isLimitedByGenerator()) {
      report.warn(
          "readers and publisher took nearly all of their core: the knee is theirs, and a lower"
              + " bound for the server");
      return "the load generator";
    }
    return failed.targetShare() >= FULL
        ? "the server's core"
        : "neither core: see why the next rate did not hold";
  }

  private void charts(Report report, List<Step> steps, Step half) {
    List<Step> byRate = steps.stream().sorted(Comparator.comparingInt(Step::rate)).toList();
    report
        .chart(
            Chart.percentiles(
                "Latency from the intended time, at half of the knee",
                List.of(new Curve("pushrod", half.window.seen().latencyNanos()))))
        .chart(
            Chart.series(
                "p99 by rate",
                "deliveries/s",
                "ms",
                List.of(line("p99", byRate, s -> s.window.seen().latencyMillis(99)))))
        .chart(
            Chart.series(
                "CPU by rate",
                "deliveries/s",
                "cores",
                List.of(
                    line("server", byRate, s -> s.window.targetShare()),
                    line("generator", byRate, s -> s.window.generatorShare()))));
  }

  private Line line(String name, List<Step> steps, ToDoubleFunction<Step> value) {
    return new Line(
        name,
        steps.stream().mapToDouble(s -> (double) s.rate * readers).toArray(),
        steps.stream().mapToDouble(value).toArray());
  }
}
