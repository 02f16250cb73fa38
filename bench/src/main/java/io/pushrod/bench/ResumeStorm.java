package io.pushrod.bench;

import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Readers.Seen;
import io.pushrod.bench.run.Readers.Stormed;
import io.pushrod.bench.run.Sampler;
import io.pushrod.bench.run.Sampler.Sample;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.WarmUp;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Many readers come back at once with old cursors and replay while others read live.
@Command(
    name = "resume-storm",
    description = {
      "Readers come back with cursors far behind and replay: replayed events per second, time until",
      "all have caught up, latency of those who read live, memory high-water."
    },
    mixinStandardHelpOptions = true)
final class ResumeStorm implements Callable<Integer> {
  private static final String RETURNING = "returning";
  private static final int MAX_SECONDS = 600;
  private static final int FILL_RATE = 1_000;
  private static final int WARM_UP_STORMS = 2;
  private static final int SAMPLE_MILLIS = 100;
  private static final double MIB = Charts.MIB;

  @Option(names = "--transport", description = "ws or sse (${DEFAULT-VALUE})")
  private String transport = "ws";

  @Option(names = "--clients", description = "that come back (${DEFAULT-VALUE})")
  private int clients = 1000;

  @Option(names = "--behind", description = "events by which their cursors lag (${DEFAULT-VALUE})")
  private int behind = 1000;

  @Option(names = "--over", description = "milliseconds within which they come (${DEFAULT-VALUE})")
  private int overMillis = 1000;

  @Option(names = "--live", description = "readers that never left (${DEFAULT-VALUE})")
  private int live = 200;

  @Option(
      names = "--topics",
      description = "over which all are spread, one for each reader (${DEFAULT-VALUE})")
  private int topicCount = 1;

  @Option(names = "--bytes", description = "size of an event's JSON (${DEFAULT-VALUE})")
  private int bytes = 200;

  @Option(names = "--rate", description = "live events per second and topic (${DEFAULT-VALUE})")
  private int rate = 50;

  @Option(names = "--seconds", description = "of a measured window (${DEFAULT-VALUE})")
  private int seconds = 10;

  @Option(
      names = "--patience",
      description = "seconds for all to catch up after the window (${DEFAULT-VALUE})")
  private int patience = 60;

  @Option(names = "--blocks", description = "${DEFAULT-VALUE}")
  private int blocks = 5;

  @Mixin private ServerOptions options = new ServerOptions();

  /// What one block found.
  private record Storm(
      Stormed stormed,
      Seen seen,
      long replayed,
      Window quiet,
      Window beside,
      Histogram afterwards,
      long rssBefore,
      long rssPeak,
      List<Sample> samples) {
    double seconds() {
      return stormed.elapsedNanos() / 1e9;
    }

    double replayedPerSecond() {
      return replayed / seconds();
    }

    /// Beyond what the live readers take, per event to those who came back.
    double cpuMicros() {
      double nanos =
          beside.targetShare() * beside.elapsedNanos()
              - quiet.targetShare() * beside.elapsedNanos();
      return nanos / 1e3 / seen.deliveries();
    }
  }

  private final Beside latency = new Beside("storm");
  private final List<Storm> storms = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("resume-storm");
    require(live % topicCount == 0, "--live", live, "a multiple of --topics");
    require(clients > 0 && clients % topicCount == 0, "--clients", clients, "a multiple too");
    require(behind > 0, "--behind", behind, "1 or more");
    try (Progress progress = Progress.start("resume-storm " + transport, 4 * blocks)) {
      for (int block = 0; block < blocks; block++) {
        storms.add(block(progress));
      }
    }
    Report report = report();
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  private static void require(boolean holds, String option, int value, String expected) {
    if (!holds) {
      throw new BenchException(option + ": " + value + " (expected: " + expected + ")");
    }
  }

  private Storm block(Progress progress) throws IOException, InterruptedException {
    progress.step("start and warm up");
    Topics topics = new Topics("bench/t", topicCount, 1);
    try (Pushrod server = options.open(topics, bytes, clients + live, MAX_SECONDS);
        Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
      process.open(server.name(), server.door(Transport.of(transport)), live, 0);
      process.open(RETURNING, server.resumingDoor(Transport.of(transport)), clients, 0);
      int perEvent = live / topicCount;
      WarmUp.run(server, process, perEvent, load(rate));
      checkBefore(process.healthy(RETURNING));
      process.drop(RETURNING);
      for (int i = 0; i < WARM_UP_STORMS; i++) {
        rehearse(server, process, perEvent);
      }
      progress.step("without storm");
      Load window = load((long) rate * seconds);
      Window quiet = Window.measure(server, process, perEvent * window.events(), window);
      progress.step("fill");
      Load fill =
          new Load(topicCount, Math.max(0, behind - window.rounds()), FILL_RATE / topicCount + 1);
      if (fill.rounds() > 0) {
        Window.measure(server, process, perEvent * fill.events(), fill);
      }
      progress.step("storm");
      return storm(server, process, window, quiet, window.rounds() + fill.rounds());
    }
  }

  /// A storm that nobody measures: coming back and replaying are code that is compiled once it was
  /// used, and a server that runs for a day has been through it.
  private void rehearse(Pushrod server, Readers process, int perEvent)
      throws IOException, InterruptedException {
    Load missed = new Load(topicCount, behind, FILL_RATE / topicCount + 1);
    Window.measure(server, process, perEvent * missed.events(), missed);
    Load beside = load(2L * rate);
    process.reconnect(RETURNING, server.lastSequence(0), overMillis, server.name());
    Window.measure(server, process, perEvent * beside.events(), beside);
    Stormed stormed = process.stormed(RETURNING, patience);
    long wanted = clients * (missed.rounds() + beside.rounds());
    process.await(RETURNING, wanted, patience);
    check(stormed, process.healthy(RETURNING), wanted);
    process.drop(RETURNING);
  }

  private Load load(long rounds) {
    return new Load(topicCount, rounds, rate);
  }

  private Storm storm(Pushrod server, Readers process, Load load, Window quiet, long lag)
      throws IOException, InterruptedException {
    Memory.resetPeak(server.pid());
    long rss = Memory.of(server.pid()).rssBytes();
    try (Sampler sampler = Sampler.start(server, process, SAMPLE_MILLIS)) {
      process.reconnect(RETURNING, server.lastSequence(0), overMillis, server.name());
      Window beside = Window.measure(server, process, live / topicCount * load.events(), load);
      Stormed stormed = process.stormed(RETURNING, patience);
      long wanted = clients * (lag + load.rounds());
      process.await(RETURNING, wanted, patience);
      Seen seen = process.healthy(RETURNING);
      check(stormed, seen, wanted);
      Histogram during = process.marked(server.name());
      latency.add(quiet.seen().latencyNanos(), during);
      Histogram afterwards = beside.seen().latencyNanos().copy();
      afterwards.subtract(during);
      return new Storm(
          stormed,
          seen,
          clients * lag,
          quiet,
          beside,
          afterwards,
          rss,
          Memory.peakBytes(server.pid()),
          sampler.samples());
    }
  }

  private static void checkBefore(Seen seen) {
    if (!seen.flaws().isEmpty()) {
      throw new BenchException(RETURNING + ": run is invalid: before the storm " + seen.flaws());
    }
  }

  /// All have caught up, and got every event behind their cursors once, in sequence and unaltered.
  private void check(Stormed stormed, Seen seen, long wanted) {
    if (stormed.arrived() != clients
        || seen.deliveries() != wanted
        || seen.gaps() + seen.folded() > 0
        || !seen.flaws().isEmpty()) {
      throw new BenchException(
          "%s: run is invalid: %,d caught up (expected: %,d), %,d deliveries (expected: %,d), %d gaps, %d folded %s"
              .formatted(
                  RETURNING,
                  stormed.arrived(),
                  clients,
                  seen.deliveries(),
                  wanted,
                  seen.gaps(),
                  seen.folded(),
                  seen.flaws()));
    }
  }

  private Report report() {
    Report report =
        Bench.report(
            "resume-storm-" + transport,
            "%,d readers come back over %s within %,d ms, %,d events behind, beside %,d live ones: %d topics, %d events/s each of %,d B, %d blocks"
                .formatted(
                    clients, transport, overMillis, behind, live, topicCount, rate, bytes, blocks));
    report
        .row("replayed events per second", "", of(Storm::replayedPerSecond))
        .row("until all have caught up", "s", of(Storm::seconds))
        .row("until one has caught up, p50", "ms", of(s -> caughtUpMillis(s, 50)))
        .row("until one has caught up, p99", "ms", of(s -> caughtUpMillis(s, 99)))
        .row(
            "until one is subscribed, p99",
            "ms",
            of(s -> s.stormed.readyNanos().getValueAtPercentile(99) / 1e6));
    latency.addTo(report);
    report
        .row(
            "live p99 afterwards, all reading live",
            "ms",
            of(s -> s.afterwards.getValueAtPercentile(99) / 1e6))
        .row("server CPU without", "cores", of(s -> s.quiet.targetShare()))
        .row("server CPU with", "cores", of(s -> s.beside.targetShare()))
        .row("server CPU per event to those who came back", "µs", of(Storm::cpuMicros))
        .row("wire bytes per event to them", "B", of(s -> wire(s.seen)))
        .row("resident before", "MiB", of(s -> s.rssBefore / MIB))
        .row("resident high-water", "MiB", of(s -> s.rssPeak / MIB))
        .row("generator with", "cores", of(s -> s.beside.generatorShare()))
        .row("foreign CPU", "cores", of(s -> s.beside.foreignShare()));
    for (int i = 0; i < blocks; i++) {
      Charts.warn(report, i + 1, storms.get(i).beside);
      if (storms.get(i).seconds() > seconds) {
        report.warn(
            String.format(
                Locale.ROOT,
                "block %d: the storm took %.1f s and outlasted the live window of %d s",
                i + 1,
                storms.get(i).seconds(),
                seconds));
      }
    }
    List<Sample> samples = storms.getLast().samples;
    return report
        .chart(Charts.cpu("CPU during the storm, last block", samples))
        .chart(Charts.resident("Resident memory during the storm, last block", samples))
        .verified(
            "every delivery, live and replayed, in sequence across the seam and byte by byte"
                + " as far as it is remembered")
        .fact("live p99 with storm", "of live events received until all had caught up");
  }

  private List<Double> of(ToDoubleFunction<Storm> figure) {
    return storms.stream().map(storm -> figure.applyAsDouble(storm)).toList();
  }

  private static double caughtUpMillis(Storm storm, double percentile) {
    return storm.stormed.caughtUpNanos().getValueAtPercentile(percentile) / 1e6;
  }

  private static double wire(Seen seen) {
    return (double) seen.wireBytes() / seen.deliveries();
  }
}
