package io.pushrod.bench;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Bar;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.Contest;
import io.pushrod.bench.run.Sampler.Sample;
import io.pushrod.bench.run.Spread;
import io.pushrod.bench.run.Turn;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.HdrHistogram.Histogram;

/// The figures and charts of a contest.
final class ContestReport {
  private static final double MEBI = 1 << 20;

  private final Report report;
  private final Contest.Result result;

  private ContestReport(Report report, Contest.Result result) {
    this.report = report;
    this.result = result;
  }

  /// Writes what every target did into `report`.
  ///
  /// @param beside names of targets, each with another that it is held against as well
  static void write(Report report, Contest.Result result, Map<String, String> beside) {
    ContestReport all = new ContestReport(report, result);
    beside.forEach(all::compare);
    result.targets().forEach(all::rows);
    result.targets().forEach(all::warn);
    result.spoiled().forEach((peer, flaw) -> report.warn(peer + ": INVALID, no figures: " + flaw));
    all.charts();
  }

  /// In each block: CPU per delivery of one ÷ that of the other.
  private void compare(String target, String other) {
    List<Turn> own = result.turns(target);
    List<Turn> others = result.turns(other);
    report.compare(
        target,
        "CPU/delivery ÷ " + other + "'s",
        "",
        IntStream.range(0, own.size())
            .mapToObj(
                i ->
                    own.get(i).window().cpuMicrosPerDelivery()
                        / others.get(i).window().cpuMicrosPerDelivery())
            .toList());
  }

  private void rows(String target) {
    row(target, "÷ floor", "", Turn::ratio);
    row(target, "CPU/delivery", "µs", t -> t.window().cpuMicrosPerDelivery());
    row(target, "of it user", "µs", t -> t.window().userMicrosPerDelivery());
    row(target, "deliveries/write", "", Turn::deliveriesPerWrite);
    row(target, "allocated/delivery", "B", Turn::allocatedPerDelivery);
    row(target, "p50", "ms", t -> t.window().seen().latencyMillis(50));
    row(target, "p99", "ms", t -> t.window().seen().latencyMillis(99));
    row(target, "p99.9", "ms", t -> t.window().seen().latencyMillis(99.9));
    report.compare(target, "p99 ÷ floor's", "", tails(target));
    row(target, "wire/delivery", "B", t -> t.window().wireBytesPerDelivery());
    row(target, "readers' CPU/delivery", "µs", t -> t.window().readerMicrosPerDelivery());
    row(target, "generator", "cores", t -> t.window().generatorShare());
    row(target, "late events", "", t -> t.window().late());
    row(target, "foreign CPU", "cores", t -> t.window().foreignShare());
    row(target, "ksoftirqd CPU", "cores", t -> t.window().softirqShare());
    row(target, "steal", "cores", t -> t.window().stealShare());
    row(target, "load average", "", t -> t.window().load());
    row(target, "warm-up", "s", Turn::warmUpSeconds);
  }

  /// In each block: its p99 ÷ the floor's.
  private List<Double> tails(String target) {
    List<Turn> own = result.turns(target);
    List<Turn> floor = result.turns("floor");
    return IntStream.range(0, own.size())
        .mapToObj(i -> p99(own.get(i)) / p99(floor.get(i)))
        .toList();
  }

  private static double p99(Turn turn) {
    return turn.window().seen().latencyMillis(99);
  }

  private void row(String target, String name, String unit, ToDoubleFunction<Turn> value) {
    List<Double> values = result.turns(target).stream().map(t -> value.applyAsDouble(t)).toList();
    if (values.stream().noneMatch(v -> v.isNaN())) {
      report.compare(target, name, unit, values);
    }
  }

  private void warn(String target) {
    long limited =
        result.turns(target).stream().filter(t -> t.window().isLimitedByGenerator()).count();
    if (limited > 0) {
      report.warn(
          "%s: in %d blocks readers and publisher took nearly all of their core; its latency may be theirs"
              .formatted(target, limited));
    }
  }

  private void charts() {
    report
        .chart(
            Chart.bars(
                "CPU per delivery ÷ floor",
                "",
                result.targets().stream().map(this::ratio).toList(),
                OptionalDouble.empty()))
        .chart(
            Chart.percentiles(
                "Latency from the intended time, all blocks",
                result.targets().stream().map(this::curve).toList()))
        .chart(series("Deliveries per second, last block", "1/s", this::deliveries))
        .chart(series("CPU, last block", "cores", t -> samples(t, Sample::targetCores)))
        .chart(
            series(
                "Resident memory, last block",
                "MiB",
                t -> samples(t, sample -> sample.memory().rssBytes() / MEBI)));
  }

  private Bar ratio(String target) {
    return new Bar(target, Spread.of(result.turns(target).stream().map(Turn::ratio).toList()));
  }

  private Curve curve(String target) {
    Histogram all = new Histogram(3);
    result.turns(target).forEach(turn -> all.add(turn.window().seen().latencyNanos()));
    return new Curve(target, all);
  }

  private Chart series(String title, String unit, Function<String, Line> line) {
    return Chart.series(title, "s", unit, result.targets().stream().map(line).toList());
  }

  private Line deliveries(String target) {
    List<Long> counts = result.turns(target).getLast().window().seen().perSecond();
    return new Line(
        target,
        IntStream.range(0, counts.size()).asDoubleStream().toArray(),
        counts.stream().mapToDouble(Long::doubleValue).toArray());
  }

  private Line samples(String target, ToDoubleFunction<Sample> value) {
    List<Sample> samples = result.turns(target).getLast().samples();
    return new Line(
        target,
        samples.stream().mapToDouble(Sample::second).toArray(),
        samples.stream().mapToDouble(value).toArray());
  }
}
