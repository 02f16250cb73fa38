package io.pushrod.bench.report;

import io.pushrod.bench.report.Chart.Bar;
import io.pushrod.bench.report.Chart.Bars;
import io.pushrod.bench.run.Spread;
import java.util.stream.DoubleStream;

/// Bars from zero to the median, one below the other, each with a whisker over its range and its
/// figures in words.
final class BarPlot {
  private static final double EDGE = 14;
  private static final double TOP = 24;
  private static final double ROW = 42;
  private static final double THICK = 14;
  private static final double CAP = 4;
  private static final int WIDE_STEPS = 8;
  private static final int NARROW_STEPS = 4;

  private final Size size;
  private final Bars chart;
  private final Axis axis;
  private final double bottom;

  BarPlot(Size size, Bars chart) {
    this.size = size;
    this.chart = chart;
    double[] ends =
        DoubleStream.concat(
                chart.bars().stream().flatMapToDouble(bar -> ends(bar.spread())),
                chart.budget().stream())
            .filter(Double::isFinite)
            .toArray();
    int steps = size == Size.WIDE ? WIDE_STEPS : NARROW_STEPS;
    this.axis = Axis.linear(Trace.lowest(ends), Trace.highest(ends), steps);
    this.bottom = TOP + ROW * chart.bars().size();
  }

  private static DoubleStream ends(Spread spread) {
    return DoubleStream.of(spread.low(), spread.median(), spread.high());
  }

  double height() {
    return bottom + (chart.unit().isEmpty() ? 1 : 2) * Size.LINE + CAP;
  }

  void draw(Markup svg) {
    for (double tick : axis.ticks()) {
      vertical(svg, tick, tick == 0 ? "base" : "grid");
      text(svg, Numbers.round(tick), across(tick), bottom + Size.LINE, "middle");
    }
    svg.element(
        "text",
        Size.fitted(chart.unit(), size.width),
        "x",
        Markup.at(size.width / 2),
        "y",
        Markup.at(bottom + 2 * Size.LINE),
        "text-anchor",
        "middle",
        "class",
        "unit");
    double top = TOP;
    for (Bar bar : chart.bars()) {
      draw(svg, bar, top);
      top += ROW;
    }
    chart.budget().ifPresent(budget -> drawBudget(svg, budget));
  }

  private double across(double value) {
    return EDGE + axis.place(value) * (size.width - 2 * EDGE);
  }

  private void draw(Markup svg, Bar bar, double top) {
    String figures = Numbers.spread(bar.spread());
    double room = size.width - 2 * EDGE - Size.lengthOf(figures) - Size.FONT;
    text(svg, Size.fitted(bar.name(), room), EDGE + CAP, top + Size.FONT, "start");
    text(svg, figures, size.width - EDGE, top + Size.FONT, "end");
    double upper = top + Size.LINE + 2;
    if (Double.isFinite(bar.spread().median())) {
      double from = across(Math.min(0, bar.spread().median()));
      svg.empty(
          "rect",
          "x",
          Markup.at(from),
          "y",
          Markup.at(upper),
          "width",
          Markup.at(across(Math.max(0, bar.spread().median())) - from),
          "height",
          Markup.at(THICK),
          "class",
          "bar");
    }
    if (Double.isFinite(bar.spread().low()) && Double.isFinite(bar.spread().high())) {
      svg.empty("path", "d", whisker(bar.spread(), upper + THICK / 2), "class", "whisker");
    }
  }

  private String whisker(Spread spread, double middle) {
    String low = Markup.at(across(spread.low()));
    String high = Markup.at(across(spread.high()));
    String cap = Markup.at(middle - CAP) + "v" + Markup.at(2 * CAP);
    return "M%s %sH%sM%s %sM%s %s".formatted(low, Markup.at(middle), high, low, cap, high, cap);
  }

  private void drawBudget(Markup svg, double budget) {
    vertical(svg, budget, "budget");
    String words = Size.fitted("budget " + Numbers.round(budget), size.width);
    double half = Size.lengthOf(words) / 2;
    double at = Math.clamp(across(budget), half, size.width - half);
    text(svg, words, at, Size.FONT, "middle");
  }

  private void vertical(Markup svg, double value, String ink) {
    String at = Markup.at(across(value));
    String path = "M%s %sV%s".formatted(at, Markup.at(TOP - CAP), Markup.at(bottom));
    svg.empty("path", "d", path, "class", ink);
  }

  private static void text(Markup svg, String text, double x, double y, String anchor) {
    svg.element("text", text, "x", Markup.at(x), "y", Markup.at(y), "text-anchor", anchor);
  }
}
