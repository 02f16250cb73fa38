package io.pushrod.bench;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Bar;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;

/// Latency of readers without and with something beside them, in every block.
final class Beside {
  /// Decided before anything was measured: the tail may double.
  private static final double BUDGET = 2;

  private static final double PERCENTILE = 99;

  private final String what;
  private final List<Double> without = new ArrayList<>();
  private final List<Double> with = new ArrayList<>();
  private final List<Double> ratios = new ArrayList<>();
  private final Histogram allWithout = new Histogram(3);
  private final Histogram allWith = new Histogram(3);

  /// @param what is beside them
  Beside(String what) {
    this.what = what;
  }

  /// The two windows of one block.
  void add(Histogram quietNanos, Histogram disturbedNanos) {
    double quiet = millis(quietNanos);
    double disturbed = millis(disturbedNanos);
    without.add(quiet);
    with.add(disturbed);
    ratios.add(disturbed / quiet);
    allWithout.add(quietNanos);
    allWith.add(disturbedNanos);
  }

  private static double millis(Histogram nanos) {
    return nanos.getValueAtPercentile(PERCENTILE) / 1e6;
  }

  void addTo(Report report) {
    report
        .row("live p99 without " + what, "ms", without)
        .row("live p99 with " + what, "ms", with)
        .row("with ÷ without", "", ratios)
        .chart(
            Chart.percentiles(
                "Latency of those who keep reading",
                List.of(new Curve("without", allWithout), new Curve("with " + what, allWith))))
        .chart(
            Chart.bars(
                "p99 with ÷ without " + what,
                "",
                List.of(new Bar("with ÷ without", Spread.of(ratios))),
                OptionalDouble.of(BUDGET)));
  }
}
