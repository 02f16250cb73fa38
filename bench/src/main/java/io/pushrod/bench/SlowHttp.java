package io.pushrod.bench;

import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.SlowAttack;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// slowhttptest holds as many connections as it can open, in each of its ways; do healthy readers
/// notice?
@Command(
    name = "slowhttp",
    description = "slowhttptest against the public port: latency of healthy readers beside it.",
    mixinStandardHelpOptions = true)
final class SlowHttp implements Callable<Integer> {
  private static final int MAX_SECONDS = 600;
  private static final int WARM_UP_SECONDS = 10;

  /// The attack outlasts the window by so much.
  private static final int SPARE_SECONDS = 5;

  @Option(names = "--transport", defaultValue = "ws", description = "of the healthy: ws or sse")
  String transport = "ws";

  @Option(names = "--readers", defaultValue = "200")
  int readers;

  @Option(names = "--bytes", defaultValue = "2000", description = "size of an event's JSON")
  int bytes;

  @Option(names = "--rate", defaultValue = "50", description = "events per second")
  int rate;

  @Option(names = "--seconds", defaultValue = "15", description = "of a measured window")
  int seconds;

  @Option(names = "--connections", defaultValue = "1000", description = "that attack at a time")
  int connections;

  @Option(names = "--blocks", defaultValue = "3")
  int blocks;

  @Mixin private ServerOptions options = new ServerOptions();

  /// What one way of attacking did, in every block.
  private record Figures(
      SlowAttack attack,
      List<Double> without,
      List<Double> with,
      List<Double> ratios,
      List<Double> available) {
    Figures(SlowAttack attack) {
      this(attack, new ArrayList<>(), new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    }

    void addTo(Report report) {
      report
          .row(attack.label() + ": p99 without", "ms", without)
          .row(attack.label() + ": p99 with", "ms", with)
          .row(attack.label() + ": with ÷ without", "", ratios)
          .row(attack.label() + ": the tool found us available", "%", available);
    }
  }

  private final List<Figures> figures =
      Arrays.stream(SlowAttack.values()).map(Figures::new).toList();

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("slowhttp");
    for (int block = 0; block < blocks; block++) {
      block();
    }
    Report report =
        Bench.report(
            "slowhttp-" + transport,
            "%,d slow connections beside %,d healthy readers over %s: %d events/s of %,d B, %d blocks"
                .formatted(connections, readers, transport, rate, bytes, blocks));
    figures.forEach(each -> each.addTo(report));
    report.print(System.out);
    report.write(Bench.target());
    return 0;
  }

  private void block() throws IOException, InterruptedException {
    try (Pushrod server = options.open(Topics.one("bench/t"), bytes, readers, MAX_SECONDS);
        Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
      process.open(server.name(), server.door(Transport.of(transport)), readers, 0);
      p99(server, process, WARM_UP_SECONDS);
      for (Figures each : figures) {
        measure(server, process, each);
      }
      process.close(server.name());
    }
  }

  private void measure(Pushrod server, Readers process, Figures of)
      throws IOException, InterruptedException {
    double quiet = p99(server, process, seconds);
    try (SlowAttack.Running attack =
        of.attack.begin(
            Bench.logs(),
            server.address().port(),
            server.topics().name(0),
            server.token(),
            connections,
            seconds + SPARE_SECONDS)) {
      double attacked = p99(server, process, seconds);
      of.available.add(attack.availablePercent());
      of.without.add(quiet);
      of.with.add(attacked);
      of.ratios.add(attacked / quiet);
    }
  }

  private double p99(Pushrod server, Readers process, int length)
      throws IOException, InterruptedException {
    Load load = Load.one((long) rate * length, rate);
    Window window = Window.measure(server, process, readers * load.rounds(), load);
    if (window.seen().closed() > 0) {
      throw new BenchException("readers: closed (expected: unharmed)");
    }
    return window.seen().latencyMillis(99);
  }
}
