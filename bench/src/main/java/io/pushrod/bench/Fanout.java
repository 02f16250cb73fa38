package io.pushrod.bench;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Floor;
import io.pushrod.bench.run.Metrics;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Target;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// CPU per delivery of the server ÷ CPU per delivery of the floor.
///
/// Each block starts both afresh, warms them up, and measures one window of each, in turns of
/// order.
@Command(
    name = "fanout",
    description = "One topic, many readers: CPU per delivery, allocation, socket writes, latency.",
    mixinStandardHelpOptions = true)
final class Fanout implements Callable<Integer> {
  private static final int LEAST_WARM_UP_WINDOWS = 6;
  private static final int WARM_UP_WINDOWS = 20;
  private static final int FLAT_WINDOWS = 3;
  private static final double FLAT = 1.10;
  private static final int MAX_SECONDS = 300;

  @Option(names = "--transport", defaultValue = "ws", description = "ws or sse")
  String transport = "ws";

  @Option(names = "--readers", defaultValue = "1000")
  int readers;

  @Option(names = "--bytes", defaultValue = "200", description = "size of an event's JSON")
  int bytes;

  @Option(names = "--rate", defaultValue = "100", description = "events per second")
  int rate;

  @Option(names = "--seconds", defaultValue = "5", description = "of a measured window")
  int seconds;

  @Option(names = "--blocks", defaultValue = "5")
  int blocks;

  @Option(
      names = "--foreign",
      defaultValue = "10",
      description = "a block is measured again if others took more than this percentage of a core")
  int foreignPercent;

  @Option(names = "--set", description = "a setting of the server, key=value")
  List<String> settings = new ArrayList<>();

  private record Block(
      Window server,
      Window floor,
      double allocatedPerDelivery,
      double deliveriesPerWrite,
      int warmUpWindows) {
    double foreign() {
      return Math.max(server.foreignShare(), floor.foreignShare());
    }

    double ratio() {
      return server.cpuMicrosPerDelivery() / floor.cpuMicrosPerDelivery();
    }
  }

  @Override
  public Integer call() throws IOException, InterruptedException {
    List<Block> kept = new ArrayList<>();
    int discarded = 0;
    try (Readers process = Readers.start(Bench.logs(), MAX_SECONDS * blocks)) {
      while (kept.size() < blocks) {
        Block block = block(process, (kept.size() & 1) == 0);
        boolean disturbed = 100 * block.foreign() > foreignPercent;
        System.out.printf(
            "block %d: server %.2f µs, floor %.2f µs, ratio %.3f, foreign CPU %.0f %%, load %.1f%s%n",
            kept.size() + 1,
            block.server.cpuMicrosPerDelivery(),
            block.floor.cpuMicrosPerDelivery(),
            block.ratio(),
            100 * block.foreign(),
            block.server.load(),
            disturbed ? " – discarded" : "");
        if (!disturbed) {
          kept.add(block);
        } else if (++discarded > blocks) {
          throw new BenchException(
              "foreign CPU: above 10 % of a core in "
                  + discarded
                  + " blocks (expected: a quiet machine)");
        }
      }
    }
    Report report = report(kept, discarded);
    report.print(System.out);
    report.write(Bench.target());
    return 0;
  }

  private Block block(Readers process, boolean serverFirst)
      throws IOException, InterruptedException {
    try (Pushrod server = Pushrod.start(Bench.root(), Bench.logs(), settings, bytes, MAX_SECONDS);
        Floor floor =
            Floor.start(
                Bench.target().resolve("floor"),
                Bench.logs(),
                server
                    .shape()
                    .floorMessage(
                        Transport.of(transport), (long) (WARM_UP_WINDOWS + seconds) * rate),
                readers,
                rate,
                MAX_SECONDS)) {
      open(process, server, server.port(), server.token());
      open(process, floor, floor.port(), null);
      floor.ready();
      int windows = warmUp(process, server);
      measure(process, floor, rate);
      Window first = serverFirst ? null : measure(process, floor, rate * seconds);
      Metrics earlier = server.metrics();
      Metrics before = server.metrics();
      Window served = measure(process, server, rate * seconds);
      Metrics after = server.metrics();
      Window floored = first != null ? first : measure(process, floor, rate * seconds);
      process.close(server.name());
      process.close(floor.name());
      // A scrape allocates too: what the one before the window took is taken off.
      double allocated =
          after.since(before, Pushrod.ALLOCATED) - before.since(earlier, Pushrod.ALLOCATED);
      return new Block(
          served,
          floored,
          Math.max(0, allocated) / served.deliveries(),
          served.deliveries() / after.since(before, Pushrod.SOCKET_WRITES),
          windows);
    }
  }

  private void open(Readers process, Target target, int port, @Nullable String token)
      throws IOException, InterruptedException {
    process.open(target.name(), Transport.of(transport), port, readers, 0, Pushrod.TOPIC, token);
  }

  private Window measure(Readers process, Target target, int rounds)
      throws IOException, InterruptedException {
    return Window.measure(target, process, readers, rounds, rate);
  }

  /// Windows of a second until the last three agree within 10 %, but no fewer than six: compilers
  /// work in steps.
  private int warmUp(Readers process, Target target) throws IOException, InterruptedException {
    List<Double> last = new ArrayList<>();
    for (int window = 1; window <= WARM_UP_WINDOWS; window++) {
      last.add(measure(process, target, rate).cpuMicrosPerDelivery());
      if (last.size() > FLAT_WINDOWS) {
        last.removeFirst();
      }
      double low = last.stream().mapToDouble(Double::doubleValue).min().orElse(0);
      double high = last.stream().mapToDouble(Double::doubleValue).max().orElse(0);
      if (window >= LEAST_WARM_UP_WINDOWS && high <= FLAT * low) {
        return window;
      }
    }
    return WARM_UP_WINDOWS;
  }

  private Report report(List<Block> kept, int discarded) {
    Report report =
        new Report(
            "fanout-" + transport,
            "fan-out over %s: %,d readers × %d B × %d events/s, %d blocks of %d s"
                .formatted(transport, readers, bytes, rate, kept.size(), seconds));
    row(report, "server CPU per delivery", "µs", kept, b -> b.server.cpuMicrosPerDelivery());
    row(report, "floor CPU per delivery", "µs", kept, b -> b.floor.cpuMicrosPerDelivery());
    row(report, "server ÷ floor", "", kept, Block::ratio);
    row(report, "server allocation per delivery", "B", kept, Block::allocatedPerDelivery);
    row(report, "server deliveries per socket write", "", kept, Block::deliveriesPerWrite);
    for (double p : new double[] {50, 99, 99.9}) {
      row(report, "server latency p" + text(p), "ms", kept, b -> b.server.seen().latencyMillis(p));
      row(report, "floor latency p" + text(p), "ms", kept, b -> b.floor.seen().latencyMillis(p));
    }
    row(report, "server wire bytes per delivery", "B", kept, b -> b.server.wireBytesPerDelivery());
    row(report, "floor wire bytes per delivery", "B", kept, b -> b.floor.wireBytesPerDelivery());
    row(
        report,
        "readers' CPU per delivery, server",
        "µs",
        kept,
        b -> b.server.readerMicrosPerDelivery());
    row(
        report,
        "readers' CPU per delivery, floor",
        "µs",
        kept,
        b -> b.floor.readerMicrosPerDelivery());
    row(report, "server late rounds", "", kept, b -> b.server.late());
    row(report, "floor late rounds", "", kept, b -> b.floor.late());
    row(report, "foreign CPU", "cores", kept, Block::foreign);
    row(report, "ksoftirqd CPU", "cores", kept, b -> b.server.softirqShare());
    row(report, "steal", "cores", kept, b -> b.server.stealShare());
    row(report, "load average", "", kept, b -> b.server.load());
    row(report, "warm-up windows of 1 s", "", kept, b -> b.warmUpWindows);
    return report
        .fact(
            "discarded blocks",
            discarded + ", others took more than " + foreignPercent + " % of a core")
        .fact("verified", "every delivery, in sequence and byte by byte");
  }

  private static String text(double percentile) {
    return percentile == Math.rint(percentile) ? "" + (int) percentile : "" + percentile;
  }

  private static void row(
      Report report, String name, String unit, List<Block> blocks, ToDoubleFunction<Block> value) {
    report.row(name, unit, blocks.stream().map(b -> value.applyAsDouble(b)).toList());
  }
}
