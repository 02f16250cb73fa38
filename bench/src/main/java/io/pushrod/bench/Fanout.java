package io.pushrod.bench;

import io.pushrod.bench.peer.Peer;
import io.pushrod.bench.peer.PeerKind;
import io.pushrod.bench.peer.Setup;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.EventShape;
import io.pushrod.bench.run.Floor;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Metrics;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Target;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Variant;
import io.pushrod.bench.run.WarmUp;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// CPU per delivery of servers ÷ CPU per delivery of the floor.
///
/// Each block starts all of them afresh, warms them up, and measures one window of each, in turns
/// of order.
@Command(
    name = "fanout",
    description = "One topic, many readers: CPU per delivery, allocation, socket writes, latency.",
    mixinStandardHelpOptions = true)
final class Fanout implements Callable<Integer> {
  private static final int MAX_SECONDS = 300;

  @Mixin private ServerOptions server = new ServerOptions();

  @Mixin private PeerOptions peers = new PeerOptions();

  private final Map<String, String> versions = new LinkedHashMap<>();

  /// What is wrong with peers that are measured no more.
  private final Map<String, String> spoiled = new LinkedHashMap<>();

  @Option(names = "--transport", description = "ws or sse (${DEFAULT-VALUE})")
  private String transport = "ws";

  @Option(names = "--readers", description = "${DEFAULT-VALUE}")
  private int readers = 1000;

  @Option(names = "--bytes", description = "size of an event's JSON (${DEFAULT-VALUE})")
  private int bytes = 200;

  @Option(names = "--rate", description = "events per second (${DEFAULT-VALUE})")
  private int rate = 100;

  @Option(names = "--seconds", description = "of a measured window (${DEFAULT-VALUE})")
  private int seconds = 5;

  @Option(names = "--blocks", description = "${DEFAULT-VALUE}")
  private int blocks = 5;

  @Option(
      names = "--foreign",
      description =
          "a block is measured again if others took more than this percentage of a core"
              + " (${DEFAULT-VALUE})")
  private int foreignPercent = 10;

  /// What one target did in one block.
  ///
  /// @param ratio to the floor of the block
  /// @param allocated bytes per delivery; NaN for what tells nothing of it
  /// @param perWrite deliveries per socket write; NaN for what tells nothing of it
  private record Turn(Window window, double ratio, double allocated, double perWrite, int warmUp) {
    Turn dividedBy(double floorMicros) {
      double own = window.cpuMicrosPerDelivery();
      return new Turn(window, own / floorMicros, allocated, perWrite, warmUp);
    }
  }

  /// A target that is warm, and the seconds it took.
  private record Seat(Target target, int warmUp) {}

  @Override
  public Integer call() throws IOException, InterruptedException {
    peers.chosen();
    List<Map<String, Turn>> kept = new ArrayList<>();
    int discarded = 0;
    try (Readers process = Readers.start(Bench.logs(), MAX_SECONDS * blocks)) {
      while (kept.size() < blocks) {
        Map<String, Turn> block = block(process, kept.size());
        double foreign =
            block.values().stream().mapToDouble(t -> t.window.foreignShare()).max().orElse(0);
        boolean disturbed = 100 * foreign > foreignPercent;
        print(kept.size() + 1, block, foreign, disturbed);
        if (!disturbed) {
          kept.add(block);
        } else if (++discarded > blocks) {
          throw new BenchException(
              "foreign CPU: above %d %% of a core in %d blocks (expected: a quiet machine)"
                  .formatted(foreignPercent, discarded));
        }
      }
    }
    Report report = report(kept, discarded);
    report.print(System.out);
    report.write(Bench.target());
    return 0;
  }

  private static void print(
      int number, Map<String, Turn> block, double foreign, boolean discarded) {
    StringBuilder line = new StringBuilder("block " + number + ":");
    block.forEach(
        (name, turn) ->
            line.append(
                " %s %.2f µs (%.3f),"
                    .formatted(name, turn.window.cpuMicrosPerDelivery(), turn.ratio)));
    System.out.printf(
        "%s foreign CPU %.0f %%%s%n", line, 100 * foreign, discarded ? " – discarded" : "");
  }

  private Map<String, Turn> block(Readers process, int number)
      throws IOException, InterruptedException {
    List<Target> targets = new ArrayList<>();
    try {
      start(targets);
      List<Seat> seats = new ArrayList<>();
      for (Target target : targets) {
        try {
          process.open(target.name(), target.door(Transport.of(transport)), readers, 0);
          target.ready();
          seats.add(new Seat(target, WarmUp.run(target, process, readers, Load.one(rate, rate))));
        } catch (BenchException e) {
          spoil(target, e);
        }
      }
      Collections.rotate(seats, number);
      Map<String, Turn> turns = new HashMap<>();
      double floor = Double.NaN;
      for (Seat seat : seats) {
        try {
          Turn turn = turn(seat, process);
          turns.put(seat.target.name(), turn);
          floor = seat.target instanceof Floor ? turn.window.cpuMicrosPerDelivery() : floor;
        } catch (BenchException e) {
          spoil(seat.target, e);
        }
      }
      for (Target target : targets) {
        process.close(target.name());
      }
      Map<String, Turn> inOrder = new LinkedHashMap<>();
      for (Target target : targets) {
        Turn turn = turns.get(target.name());
        if (turn != null) {
          inOrder.put(target.name(), turn.dividedBy(floor));
        }
      }
      return inOrder;
    } finally {
      for (Target target : targets) {
        target.close();
      }
    }
  }

  /// A peer that loses, repeats or alters an event gets no figures; anything else ends the run.
  private void spoil(Target target, BenchException flaw) {
    if (!(target instanceof Peer peer)) {
      throw flaw;
    }
    spoiled.put(peer.name(), "INVALID, no figures: " + flaw.getMessage());
    System.out.println(peer.name() + ": " + spoiled.get(peer.name()));
  }

  /// The servers, the peers, then the floor, whose message is like those of the first.
  private void start(List<Target> targets) throws IOException, InterruptedException {
    for (Variant variant : server.variants()) {
      targets.add(server.open(variant, Topics.one("bench/t"), bytes, readers, MAX_SECONDS));
    }
    EventShape shape = ((Pushrod) targets.getFirst()).shape();
    for (PeerKind kind : peers.chosen()) {
      if (!spoiled.containsKey(kind.label())) {
        Peer peer =
            kind.start(new Setup(Bench.root(), Bench.logs(), Topics.one("t"), shape, MAX_SECONDS));
        targets.add(peer);
        versions.put(peer.name(), peer.version());
      }
    }
    byte[] message =
        shape.floorMessage(Transport.of(transport), (long) (WarmUp.MOST_WINDOWS + seconds) * rate);
    targets.add(
        Floor.start(
            Bench.target().resolve("floor"), Bench.logs(), message, readers, rate, MAX_SECONDS));
  }

  private Turn turn(Seat seat, Readers process) throws IOException, InterruptedException {
    Target target = seat.target;
    Load load = Load.one((long) rate * seconds, rate);
    long deliveries = (long) readers * load.rounds();
    if (!(target instanceof Pushrod pushrod) || !pushrod.hasMetrics()) {
      Window window = Window.measure(target, process, deliveries, load);
      return new Turn(window, 1, Double.NaN, Double.NaN, seat.warmUp);
    }
    Metrics earlier = pushrod.metrics();
    Metrics before = pushrod.metrics();
    Window window = Window.measure(target, process, deliveries, load);
    Metrics after = pushrod.metrics();
    // A scrape allocates too: what the one before the window took is taken off.
    double allocated =
        after.since(before, Pushrod.ALLOCATED) - before.since(earlier, Pushrod.ALLOCATED);
    return new Turn(
        window,
        1,
        Math.max(0, allocated) / deliveries,
        deliveries / after.since(before, Pushrod.SOCKET_WRITES),
        seat.warmUp);
  }

  private Report report(List<Map<String, Turn>> kept, int discarded) {
    Report report =
        Bench.report(
            "fanout-" + transport,
            "fan-out over %s: %,d readers × %d B × %d events/s, %d blocks of %d s"
                .formatted(transport, readers, bytes, rate, kept.size(), seconds));
    versions.forEach(report::fact);
    spoiled.forEach((peer, flaw) -> report.warn(peer + ": " + flaw));
    for (String target : kept.getFirst().keySet()) {
      if (spoiled.containsKey(target)) {
        continue;
      }
      List<Turn> turns = kept.stream().map(block -> block.get(target)).toList();
      row(report, target, "÷ floor", "", turns, Turn::ratio);
      row(report, target, "CPU/delivery", "µs", turns, t -> t.window.cpuMicrosPerDelivery());
      row(report, target, "of it user", "µs", turns, t -> t.window.userMicrosPerDelivery());
      row(report, target, "deliveries/write", "", turns, Turn::perWrite);
      row(report, target, "allocated/delivery", "B", turns, Turn::allocated);
      for (double p : new double[] {50, 99, 99.9}) {
        row(report, target, "p" + text(p), "ms", turns, t -> t.window.seen().latencyMillis(p));
      }
      report.compare(target, "p99 ÷ floor's", "", tails(kept, target));
      row(report, target, "wire/delivery", "B", turns, t -> t.window.wireBytesPerDelivery());
      row(
          report,
          target,
          "readers' CPU/delivery",
          "µs",
          turns,
          t -> t.window.readerMicrosPerDelivery());
      row(report, target, "generator", "cores", turns, t -> t.window.generatorShare());
      row(report, target, "late events", "", turns, t -> t.window.late());
      row(report, target, "foreign CPU", "cores", turns, t -> t.window.foreignShare());
      row(report, target, "ksoftirqd CPU", "cores", turns, t -> t.window.softirqShare());
      row(report, target, "steal", "cores", turns, t -> t.window.stealShare());
      row(report, target, "load average", "", turns, t -> t.window.load());
      row(report, target, "warm-up", "s", turns, Turn::warmUp);
    }
    return report
        .fact(
            "discarded blocks",
            discarded + ", others took more than " + foreignPercent + " % of a core")
        .fact("verified", "every delivery, in sequence and byte by byte");
  }

  /// The p99 of a target ÷ that of the floor, in every block.
  private static List<Double> tails(List<Map<String, Turn>> kept, String target) {
    return kept.stream().map(block -> p99(block, target) / p99(block, "floor")).toList();
  }

  private static double p99(Map<String, Turn> block, String target) {
    return requireNonNull(block.get(target)).window.seen().latencyMillis(99);
  }

  private static String text(double percentile) {
    return percentile == Math.rint(percentile) ? "" + (int) percentile : "" + percentile;
  }

  private static void row(
      Report report,
      String target,
      String name,
      String unit,
      List<Turn> turns,
      ToDoubleFunction<Turn> value) {
    List<Double> values = turns.stream().map(t -> value.applyAsDouble(t)).toList();
    if (values.stream().noneMatch(v -> v.isNaN())) {
      report.compare(target, name, unit, values);
    }
  }
}
