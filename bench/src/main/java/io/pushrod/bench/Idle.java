package io.pushrod.bench;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Bar;
import io.pushrod.bench.report.Progress;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Memory;
import io.pushrod.bench.run.Pushrod;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Spread;
import io.pushrod.bench.run.Target;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Variant;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.ToDoubleFunction;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// Memory per idle connection: the slope between few and many, so that what the server needs anyway
/// drops out.
@Command(
    name = "idle",
    description = "Live heap and resident memory per idle connection.",
    mixinStandardHelpOptions = true)
final class Idle implements Callable<Integer> {
  private static final String GROUP = "idle";
  private static final int MAX_SECONDS = 300;
  private static final int SETTLE_SECONDS = 2;
  private static final int WARM_UP_CYCLES = 4;
  private static final int EVENT_BYTES = 256;
  private static final int CLASSES_SHOWN = 40;

  @Option(names = "--transport", defaultValue = "ws", description = "ws or sse (${DEFAULT-VALUE})")
  String transport = "ws";

  @Option(
      names = "--from",
      defaultValue = "2000",
      description = "connections at the first look (${DEFAULT-VALUE})")
  int from;

  @Option(
      names = "--to",
      defaultValue = "10000",
      description = "connections at the second look (${DEFAULT-VALUE})")
  int to;

  @Option(names = "--blocks", defaultValue = "3", description = "${DEFAULT-VALUE}")
  int blocks;

  @Option(names = "--no-subscription", description = "connect, but subscribe to nothing")
  boolean bare;

  @Mixin private ServerOptions options = new ServerOptions();

  /// Starts what is measured, afresh for each block.
  private interface Opener {
    Target open() throws IOException, InterruptedException;
  }

  /// @param live bytes by class, the total under the empty name; empty for what is no JVM of ours
  /// @param directBytes NaN for the same
  private record Look(
      Map<String, Long> live, double directBytes, Memory memory, long kernelSlabBytes) {}

  private record Slope(String target, Look few, Look many) {}

  private final List<Slope> slopes = new ArrayList<>();

  @Override
  public Integer call() throws IOException, InterruptedException {
    options.requireOurs("idle");
    if (from < 1 || to <= from) {
      throw new BenchException(
          "--from, --to: %d, %d (expected: 1 or more, and more than that)".formatted(from, to));
    }
    List<Opener> openers = openers();
    try (Progress progress = Progress.start("idle " + transport, blocks * openers.size())) {
      for (int block = 0; block < blocks; block++) {
        Collections.rotate(openers, block);
        for (Opener opener : openers) {
          progress.step("block " + (block + 1));
          slopes.add(measure(opener));
        }
        Collections.rotate(openers, -block);
      }
    }
    Report report = report();
    report.print(System.out);
    printClasses(slopes.getLast());
    report.write(Bench.target());
    return report.exitCode();
  }

  /// What is measured. Whatever is a [Target] can be added here.
  private List<Opener> openers() {
    List<Opener> openers = new ArrayList<>();
    for (Variant variant : options.variants()) {
      openers.add(() -> options.open(variant, topics(), EVENT_BYTES, to, MAX_SECONDS));
    }
    return openers;
  }

  private Slope measure(Opener opener) throws IOException, InterruptedException {
    try (Target target = opener.open();
        Readers process = Readers.start(Bench.logs(), MAX_SECONDS)) {
      warmUp(process, target);
      open(process, target, from);
      Look few = look(target);
      open(process, target, to - from);
      Look many = look(target);
      process.close(GROUP);
      return new Slope(target.name(), few, many);
    }
  }

  /// As many connections as the first look has come and go, so that what the target takes for
  /// compiling and loading is not charged to the connections between the looks.
  private void warmUp(Readers process, Target target) throws IOException, InterruptedException {
    for (int cycle = 0; cycle < WARM_UP_CYCLES; cycle++) {
      open(process, target, from);
      process.close(GROUP);
    }
  }

  private void open(Readers process, Target target, int count)
      throws IOException, InterruptedException {
    process.open(GROUP, target.door(Transport.of(transport)), count, 0);
    TimeUnit.SECONDS.sleep(SETTLE_SECONDS);
  }

  private Topics topics() {
    return new Topics("bench/t", 1, bare ? 0 : 1);
  }

  private static Look look(Target target) throws IOException, InterruptedException {
    Map<String, Long> live = Map.of();
    double directBytes = Double.NaN;
    if (target instanceof Pushrod pushrod) {
      live = Memory.liveBytes(pushrod.pid(), Bench.logs());
      directBytes = pushrod.metrics().value(Pushrod.DIRECT_MEMORY);
    }
    return new Look(live, directBytes, Memory.of(target.pids()), Memory.kernelSlabBytes());
  }

  private Report report() {
    Report report =
        Bench.report(
            "idle-" + transport,
            "idle %s connections, %s: slope from %,d to %,d, %d blocks"
                .formatted(
                    transport, bare ? "no subscription" : "one subscription", from, to, blocks));
    List<Bar> bars = new ArrayList<>();
    for (String target : slopes.stream().map(Slope::target).distinct().toList()) {
      compare(report, target, "live heap", look -> liveBytes(look));
      compare(report, target, "resident", look -> look.memory.rssBytes());
      compare(report, target, "private dirty", look -> look.memory.privateDirtyBytes());
      compare(report, target, "direct buffers", Look::directBytes);
      compare(report, target, "kernel slab, both ends", look -> look.kernelSlabBytes);
      compare(report, target, "kernel TCP buffers", look -> look.memory.kernelTcpBytes());
      bars.add(new Bar(target, Spread.of(of(target, look -> look.memory.rssBytes()))));
    }
    return report
        .chart(Chart.bars("Resident memory per connection", "B", bars, OptionalDouble.empty()))
        .fact(
            "kernel", "of the whole machine: both ends of each connection, and whatever else runs");
  }

  private static double liveBytes(Look look) {
    Long live = look.live.get("");
    return live == null ? Double.NaN : live;
  }

  private void compare(Report report, String target, String figure, ToDoubleFunction<Look> value) {
    List<Double> values = of(target, value);
    if (values.stream().noneMatch(each -> each.isNaN())) {
      report.compare(target, figure + " per connection", "B", values);
    }
  }

  private List<Double> of(String target, ToDoubleFunction<Look> value) {
    return slopes.stream()
        .filter(slope -> slope.target.equals(target))
        .map(s -> perConnection(value.applyAsDouble(s.few), value.applyAsDouble(s.many)))
        .toList();
  }

  private double perConnection(double few, double many) {
    return (many - few) / (to - from);
  }

  private void printClasses(Slope slope) {
    if (slope.many.live.isEmpty()) {
      return;
    }
    System.out.println("live bytes per connection by class, last block of " + slope.target + ':');
    slope.many.live.entrySet().stream()
        .filter(e -> !e.getKey().isEmpty())
        .map(
            e ->
                Map.entry(
                    e.getKey(),
                    perConnection(slope.few.live.getOrDefault(e.getKey(), 0L), e.getValue())))
        .sorted(Map.Entry.<String, Double>comparingByValue(Comparator.reverseOrder()))
        .limit(CLASSES_SHOWN)
        .forEach(e -> System.out.printf(Locale.ROOT, "%8.1f  %s%n", e.getValue(), e.getKey()));
  }
}
