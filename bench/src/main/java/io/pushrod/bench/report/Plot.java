package io.pushrod.bench.report;

import io.pushrod.bench.report.Trace.Point;
import java.util.ArrayList;
import java.util.List;

/// Lines between two axes, with their names at their ends where those fit, else in a legend.
final class Plot {
  private static final double TOP = 26;
  private static final double BOTTOM = 42;
  private static final double SAMPLE = 18;
  private static final double GAP = 6;
  private static final double EDGE = 2;

  private final Size size;
  private final Axis x;
  private final Axis y;
  private final List<Trace> traces;
  private final List<Legend.Entry> legend;
  private final double left;
  private final double right;
  private final double bottom;

  Plot(Size size, Axis x, Axis y, List<Trace> traces) {
    this.size = size;
    this.x = x;
    this.y = y;
    this.traces = traces;
    this.bottom = size.height - BOTTOM;
    this.left = EDGE + GAP + longest(y.ticks());
    boolean named = namesFit();
    this.right = named ? size.width - size.right : size.width - 2 * GAP;
    this.legend =
        named ? List.of() : Legend.flow(traces.stream().map(Trace::name).toList(), size.width);
  }

  private static double longest(List<Double> ticks) {
    return ticks.stream().mapToDouble(t -> Size.lengthOf(Numbers.round(t))).max().orElse(0);
  }

  private boolean namesFit() {
    double room = size.right - SAMPLE - 2 * GAP;
    return traces.size() * Size.LINE <= bottom - TOP
        && traces.stream().allMatch(trace -> Size.lengthOf(trace.name()) <= room);
  }

  /// @param xLabel below the x axis
  /// @param yLabel above the y axis
  void draw(Markup svg, String xLabel, String yLabel) {
    drawRows(svg, yLabel);
    drawColumns(svg, xLabel);
    for (int i = 0; i < traces.size(); i++) {
      String[] ink = Ink.line(i);
      svg.empty("path", "d", path(traces.get(i)), ink[0], ink[1], ink[2], ink[3]);
    }
    if (legend.isEmpty()) {
      drawNames(svg);
    } else {
      Legend.draw(svg, legend, size.height);
    }
  }

  /// With the legend below.
  double height() {
    return size.height + Legend.height(legend);
  }

  private double across(double value) {
    return left + x.place(value) * (right - left);
  }

  private double down(double value) {
    return bottom - y.place(value) * (bottom - TOP);
  }

  private void drawRows(Markup svg, String label) {
    svg.element("text", Size.fitted(label, size.width), "x", "2", "y", "12", "class", "unit");
    double free = Double.POSITIVE_INFINITY;
    for (double tick : y.ticks()) {
      double at = down(tick);
      boolean lowest = tick == y.low();
      String line = "M%s %sH%s".formatted(Markup.at(left), Markup.at(at), Markup.at(right));
      svg.empty("path", "d", line, "class", lowest ? "base" : "grid");
      if (at <= free) {
        place(svg, Numbers.round(tick), left - GAP, at + 4, "end");
        free = at - Size.LINE;
      }
    }
  }

  private void drawColumns(Markup svg, String label) {
    double free = 0;
    for (double tick : x.ticks()) {
      double at = across(tick);
      String line = "M%s %sV%s".formatted(Markup.at(at), Markup.at(TOP), Markup.at(bottom));
      svg.empty("path", "d", line, "class", "grid");
      String text = Numbers.round(tick);
      double half = Size.lengthOf(text) / 2;
      double middle = Math.min(at, size.width - EDGE - half);
      if (middle - half >= free) {
        place(svg, text, middle, bottom + Size.LINE, "middle");
        free = middle + half + EDGE;
      }
    }
    double middle = (left + right) / 2;
    svg.element(
        "text",
        Size.fitted(label, right - left),
        "x",
        Markup.at(middle),
        "y",
        Markup.at(bottom + 2 * Size.LINE + 2),
        "text-anchor",
        "middle",
        "class",
        "unit");
  }

  private static void place(Markup svg, String text, double x, double y, String anchor) {
    svg.element("text", text, "x", Markup.at(x), "y", Markup.at(y), "text-anchor", anchor);
  }

  private String path(Trace trace) {
    StringBuilder path = new StringBuilder();
    boolean drawing = false;
    for (Point point : trace.points()) {
      boolean there = Double.isFinite(point.x()) && Double.isFinite(point.y());
      if (there) {
        path.append(drawing ? 'L' : 'M').append(Markup.at(across(point.x()))).append(' ');
        path.append(Markup.at(down(point.y())));
        if (!drawing) {
          path.append("h0"); // a point between two holes is a dot
        }
      }
      drawing = there;
    }
    return path.isEmpty() ? "M0 0" : path.toString();
  }

  private void drawNames(Markup svg) {
    List<Double> wanted = new ArrayList<>();
    for (Trace trace : traces) {
      List<Point> there = trace.points().stream().filter(p -> Double.isFinite(p.y())).toList();
      wanted.add(there.isEmpty() ? bottom : down(there.getLast().y()));
    }
    List<Double> spread = Legend.spread(wanted, Size.LINE, TOP, bottom);
    for (int i = 0; i < traces.size(); i++) {
      double at = spread.get(i);
      Ink.sample(svg, i, right + GAP, at, SAMPLE);
      place(svg, traces.get(i).name(), right + SAMPLE + 2 * GAP, at + 4, "start");
    }
  }
}
