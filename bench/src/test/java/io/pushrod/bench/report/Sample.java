package io.pushrod.bench.report;

import io.pushrod.bench.report.Chart.Bar;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import io.pushrod.bench.run.Spread;
import java.time.Instant;
import java.util.List;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;

/// A small report with something of everything. Its figures are made up.
final class Sample {
  /// Steers a terminal, ends attributes and elements, fills slots.
  static final String HOSTILE = "\u001b[2J\"'><script>alert(1)</script>${title}&";

  private Sample() {}

  static Report report(String text) {
    Host host = new Host(2, "A processor " + text, "Linux 6.1", 8L << 30, "OpenJDK 25");
    return new Report("sample", "a sample " + text)
        .from(new Provenance("bench sample " + text, "1.0", Instant.EPOCH, host))
        .verified("every delivery, in sequence and byte by byte")
        .warn("the readers took 0.97 of their core " + text)
        .row("server ÷ floor", "", List.of(1.1, 1.05, 1.2))
        .row("wire bytes " + text, "B", List.of(1234567.0))
        .compare("pushrod " + text, "CPU per delivery", "µs", List.of(4.5, 4.25, 5.0))
        .compare("pushrod " + text, "p99", "ms", List.of(3.0))
        .compare("nchan", "CPU per delivery", "µs", List.of(6.5, 6.0, 7.0))
        .fact("collector " + text, "Serial " + text)
        .chart(Chart.percentiles("Latency " + text, curves(text)))
        .chart(Chart.series("CPU " + text, "s " + text, "cores " + text, lines(text)))
        .chart(
            Chart.bars(
                "Ratio " + text,
                text,
                List.of(new Bar("pushrod " + text, new Spread(1.1, 1.05, 1.2))),
                OptionalDouble.of(1.15)));
  }

  private static List<Curve> curves(String text) {
    Histogram histogram = new Histogram(3);
    for (int i = 1; i <= 10_000; i++) {
      histogram.recordValue(i * 20_000L);
    }
    return List.of(new Curve("pushrod " + text, histogram), new Curve("none", new Histogram(3)));
  }

  private static List<Line> lines(String text) {
    return List.of(
        new Line(
            "server " + text, new double[] {0, 1, 2, 3}, new double[] {0.5, 0.6, Double.NaN, 0.4}),
        new Line("readers", new double[] {0, 1, 2, 3}, new double[] {0.2, 0.3, 0.3, 0.2}),
        new Line("nothing", new double[0], new double[0]));
  }
}
