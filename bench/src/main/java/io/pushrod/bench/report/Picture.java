package io.pushrod.bench.report;

import io.pushrod.bench.report.Chart.Bars;
import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Percentiles;
import io.pushrod.bench.report.Chart.Series;
import java.util.List;

/// A chart as SVG.
final class Picture {
  private static final int WIDE_STEPS = 8;
  private static final int NARROW_STEPS = 4;
  private static final int ROWS = 5;

  private Picture() {}

  /// @param id of the picture, unlike all others of the page
  static void draw(Markup page, Chart chart, Size size, String id) {
    switch (chart) {
      case Percentiles percentiles -> {
        double highest = percentiles.curves().stream().mapToDouble(Curve::highest).max().orElse(0);
        Axis x = Axis.percentiles(highest);
        List<Trace> traces = percentiles.curves().stream().map(c -> Trace.of(c, x)).toList();
        double[] heights = Trace.heights(traces);
        double least = lowestAboveZero(heights);
        Axis y = Axis.fitting(least, Trace.highest(heights), ROWS);
        Plot plot = new Plot(size, x, y, traces);
        begin(page, chart, size, plot.height(), id, "Latency by percentile. ");
        plot.draw(page, "percentile, %", y.scale() == Axis.Scale.LOG ? "ms, log" : "ms");
      }
      case Series series -> {
        List<Trace> traces = series.lines().stream().map(Trace::of).toList();
        double[] xs =
            traces.stream()
                .flatMap(trace -> trace.points().stream())
                .mapToDouble(Trace.Point::x)
                .filter(Double::isFinite)
                .toArray();
        double[] heights = Trace.heights(traces);
        int steps = size == Size.WIDE ? WIDE_STEPS : NARROW_STEPS;
        Axis x = Axis.exactly(Trace.lowest(xs), Trace.highest(xs), steps);
        Axis y = Axis.linear(Trace.lowest(heights), Trace.highest(heights), ROWS);
        Plot plot = new Plot(size, x, y, traces);
        begin(page, chart, size, plot.height(), id, "Over time. ");
        plot.draw(page, series.xUnit(), series.yUnit());
      }
      case Bars bars -> {
        BarPlot plot = new BarPlot(size, bars);
        begin(page, chart, size, plot.height(), id, "Medians and ranges. ");
        plot.draw(page);
      }
    }
    page.close();
  }

  private static double lowestAboveZero(double[] values) {
    double least = Double.POSITIVE_INFINITY;
    for (double value : values) {
      least = value > 0 ? Math.min(least, value) : least;
    }
    return Double.isFinite(least) ? least : 0;
  }

  private static void begin(
      Markup page, Chart chart, Size size, double height, String id, String kind) {
    page.open(
        "svg",
        "xmlns",
        "http://www.w3.org/2000/svg",
        "viewBox",
        "0 0 " + Markup.at(size.width) + " " + Markup.at(height),
        "role",
        "img",
        "aria-labelledby",
        id + "-title",
        "aria-describedby",
        id + "-desc",
        "class",
        size == Size.WIDE ? "wide" : "narrow");
    page.element("title", chart.title(), "id", id + "-title");
    page.element(
        "desc", kind + "The table that follows holds the same in words.", "id", id + "-desc");
  }
}
