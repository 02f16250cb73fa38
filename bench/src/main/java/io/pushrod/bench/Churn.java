package io.pushrod.bench;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Readers.Churned;
import io.pushrod.bench.run.Readers.Seen;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Trend;
import io.pushrod.bench.run.WarmUp;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Readers come and go at a fixed rate beside others that stay.
@Command(
    name = "churn",
    description = {
      "Connects and disconnects at a fixed rate beside readers that stay: time to be subscribed,",
      "CPU per connection, latency of those who stay, live heap after each round."
    },
    mixinStandardHelpOptions = true)
final class Churn implements Callable<Integer> {
  private static final String GUESTS = "guests";
  private static final int MAX_SECONDS = 600;
  private static final int STRAGGLER_SECONDS = 20;
  private static final double MIB = Charts.MIB;

  @Option(names = "--transport", description = "ws or sse (${DEFAULT-VALUE})")
  private String transport = "ws";

  @Option(names = "--readers", description = "that stay (${DEFAULT-VALUE})")
  private int readers = 500;

  @Option(names = "--connects", description = "that come per second (${DEFAULT-VALUE})")
  private int connects = 200;

  @Option(
      names = "--hold",
      description = "milliseconds that each stays once it is subscribed (${DEFAULT-VALUE})")
  private int holdMillis = 500;

  @Option(names = "--bytes", description = "size of an event's JSON (${DEFAULT-VALUE})")
  private int bytes = 200;

  @Option(names = "--rate", description = "events per second (${DEFAULT-VALUE})")
  private int rate = 50;

  @Option(names = "--seconds", description = "of a measured window (${DEFAULT-VALUE})")
  private int seconds = 10;

  @Option(
      names = "--rounds",
      description =
          "of churn in a block; the first warms up, and live heap is taken after each"
              + " (${DEFAULT-VALUE})")
  private int rounds = 4;

  @Option(names = "--blocks", description = "${DEFAULT-VALUE}")
  private int blocks = 3;

  @Mixin private ServerOptions options = new ServerOptions();

  /// What one block found.
  ///
  /// @param live heap after the first round and each later one, in bytes
  private record Block(
      Window quiet, List<Window> churning, List<Churned> churned, List<Double> live) {
    /// Beyond what the others take, in the last round.
    double cpuMicros() {
      Window last = churning.getLast();
      double nanos = (last.targetShare() - quiet.targetShare()) * last.elapsedNanos();
      return nanos / 1e3 / churned.getLast().cycles();
    }

    /// By how much the live heap grew with every connection that came and went, in bytes.
    double leakBytes() {
      List<Double> cycles =
          IntStream.range(0, live.size())
              .mapToObj(i -> (double) i * churned.getFirst().cycles())
              .toList();
      return Trend.of(cycles, live).perSecond();
    }

    double handshakeMillis(double percentile) {
      Histogram all = new Histogram(3);
      churned.subList(1, churned.size()).forEach(each -> all.add(each.handshakeNanos()));
      return all.getValueAtPercentile(percentile) / 1e6;
    }
  }

  private final List<Block> found = new ArrayList<>();
  private final List<Chart> memory = new ArrayList<>();
  private final Beside latency = new Beside("churn");

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("churn");
    if (rounds < 2 || connects < 1 || connects > 5_000) {
      throw new BenchException(
          "--rounds, --connects: %d, %d (expected: 2 or more, 1 to 5,000)"
              .formatted(rounds, connects));
    }
    try (Progress progress = Progress.start("churn " + transport, (2 + rounds) * blocks)) {
      for (int block = 0; block < blocks; block++) {
        found.add(block(progress));
      }
    }
    Report report = report();
    report.print(System.out);
    report.write(Bench.target());
    return report.exitCode();
  }

  private Block block(Progress progress) throws IOException, InterruptedException {
    progress.step("start and warm up");
    try (Pushrod server = options.open(Topics.one("bench/t"), bytes, readers, MAX_SECONDS);
        Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
      process.open(server.name(), server.door(Transport.of(transport)), readers, 0);
      WarmUp.run(server, process, readers, Load.one(rate, rate));
      List<Window> churning = new ArrayList<>();
      List<Churned> churned = new ArrayList<>();
      List<Double> live = new ArrayList<>();
      round(server, process, progress, churning, churned, live);
      progress.step("without churn");
      Window quiet = window(server, process);
      try (MemoryWatch watch = MemoryWatch.start(server, "churn")) {
        while (churned.size() < rounds) {
          round(server, process, progress, churning, churned, live);
          latency.add(quiet.seen().latencyNanos(), churning.getLast().seen().latencyNanos());
        }
        memory.add(watch.chart("Memory while they come and go, block " + (found.size() + 1)));
      }
      return new Block(quiet, churning, churned, live);
    }
  }

  private void round(
      Pushrod server,
      Readers process,
      Progress progress,
      List<Window> churning,
      List<Churned> churned,
      List<Double> live)
      throws IOException, InterruptedException {
    progress.step("churn");
    long count = (long) connects * seconds;
    process.churn(GUESTS, server.door(Transport.of(transport)), connects, count, holdMillis);
    churning.add(window(server, process));
    Churned done = process.churned(GUESTS, STRAGGLER_SECONDS);
    Seen seen = process.healthy(GUESTS);
    if (done.cycles() != count || !seen.flaws().isEmpty()) {
      throw new BenchException(
          "guests: run is invalid: %,d came and went (expected: %,d) %s"
              .formatted(done.cycles(), count, seen.flaws()));
    }
    churned.add(done);
    live.add((double) Memory.liveBytes(server.pid(), Bench.logs()).getOrDefault("", 0L));
  }

  private Window window(Pushrod server, Readers process) throws IOException, InterruptedException {
    Load load = Load.one((long) rate * seconds, rate);
    return Window.measure(server, process, readers * load.rounds(), load);
  }

  private Report report() {
    Report report =
        Bench.report(
            "churn-" + transport,
            "%,d connections per second over %s come, stay %,d ms and go, beside %,d readers: %d events/s of %,d B, %d blocks of %d rounds of %d s"
                .formatted(
                    connects,
                    transport,
                    holdMillis,
                    readers,
                    rate,
                    bytes,
                    blocks,
                    rounds,
                    seconds));
    report
        .row("until subscribed, p50", "ms", of(b -> b.handshakeMillis(50)))
        .row("until subscribed, p99", "ms", of(b -> b.handshakeMillis(99)))
        .row("server CPU per connection", "µs", of(Block::cpuMicros))
        .row("most open at a time, besides", "", of(b -> b.churned.getLast().peak()));
    latency.addTo(report);
    report
        .row("server CPU without", "cores", of(b -> b.quiet.targetShare()))
        .row("server CPU with", "cores", of(b -> b.churning.getLast().targetShare()))
        .row("generator with", "cores", of(b -> b.churning.getLast().generatorShare()))
        .row("live heap after the first round", "MiB", of(b -> b.live.getFirst() / MIB))
        .row("live heap after the last round", "MiB", of(b -> b.live.getLast() / MIB))
        .row("live heap grows per connection by", "B", of(Block::leakBytes))
        .row("foreign CPU", "cores", of(b -> b.churning.getLast().foreignShare()));
    List<Curve> handshakes = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      Charts.warn(report, i + 1, found.get(i).churning.getLast());
      handshakes.add(
          new Curve("block " + (i + 1), found.get(i).churned.getLast().handshakeNanos()));
    }
    report.chart(Chart.percentiles("From the time to come until subscribed", handshakes));
    memory.forEach(report::chart);
    return report.verified(
        "every delivery to those who stay and to those who come and go, in sequence and byte by"
            + " byte; every one of them was subscribed and none was closed");
  }

  private List<Double> of(ToDoubleFunction<Block> figure) {
    return found.stream().map(block -> figure.applyAsDouble(block)).toList();
  }
}
