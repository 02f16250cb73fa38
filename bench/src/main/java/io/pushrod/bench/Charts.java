package io.pushrod.bench;

import io.pushrod.bench.report.Chart;
import io.pushrod.bench.report.Chart.Line;
import io.pushrod.bench.report.Report;
import io.pushrod.bench.run.Sampler.Sample;
import io.pushrod.bench.run.Window;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Charts over time that several commands have.
final class Charts {
  static final double MIB = 1 << 20;

  private Charts() {}

  /// CPU of the target and of its load.
  static Chart cpu(String title, List<Sample> samples) {
    return Chart.series(
        title,
        "s",
        "cores",
        List.of(
            line("server", samples, Sample::second, Sample::targetCores),
            line("load generator", samples, Sample::second, Sample::generatorCores)));
  }

  /// Resident memory of the target.
  static Chart resident(String title, List<Sample> samples) {
    return Chart.series(
        title,
        "s",
        "MiB",
        List.of(line("resident", samples, Sample::second, s -> s.memory().rssBytes() / MIB)));
  }

  static <T> Line line(String name, List<T> points, ToDoubleFunction<T> x, ToDoubleFunction<T> y) {
    return new Line(
        name, points.stream().mapToDouble(x).toArray(), points.stream().mapToDouble(y).toArray());
  }

  /// Says so when the figures may be those of the load generator.
  static void warn(Report report, int block, Window window) {
    if (window.isLimitedByGenerator()) {
      report.warn(
          "block %d: the load generator took %.0f %% of its core; it may be what limits"
              .formatted(block, 100 * window.generatorShare()));
    }
  }
}
