package io.pushrod.bench.report;

import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// A line as it is drawn: few enough points for a page.
record Trace(String name, List<Point> points) {
  /// `y` may be not finite, which leaves a hole.
  record Point(double x, double y) {}

  private static final int CURVE_POINTS = 240;
  private static final int MOST_BUCKETS = 200;

  /// At even steps of `axis`, up to what the count tells.
  static Trace of(Curve curve, Axis axis) {
    List<Point> points = new ArrayList<>();
    double last = curve.nanos().getTotalCount() == 0 ? -1 : axis.place(curve.highest());
    for (int i = 0; i <= CURVE_POINTS && (double) i / CURVE_POINTS <= last; i++) {
      double percentile = axis.at((double) i / CURVE_POINTS);
      points.add(new Point(percentile, curve.millis(percentile)));
    }
    return new Trace(curve.name(), points);
  }

  /// All points; where they are many, the first, the last, and of each of 200 equal runs the lowest
  /// and the highest.
  static Trace of(Line line) {
    int count = line.x().length;
    List<Point> points = new ArrayList<>();
    if (count <= 2 * MOST_BUCKETS) {
      for (int i = 0; i < count; i++) {
        points.add(new Point(line.x()[i], line.y()[i]));
      }
      return new Trace(line.name(), points);
    }
    points.add(new Point(line.x()[0], line.y()[0]));
    for (int bucket = 0; bucket < MOST_BUCKETS; bucket++) {
      int from = (int) ((long) count * bucket / MOST_BUCKETS);
      int to = (int) ((long) count * (bucket + 1) / MOST_BUCKETS);
      addExtremes(points, line, from, to);
    }
    points.add(new Point(line.x()[count - 1], line.y()[count - 1]));
    return new Trace(line.name(), points);
  }

  private static void addExtremes(List<Point> points, Line line, int from, int to) {
    int low = from;
    int high = from;
    for (int i = from; i < to; i++) {
      // A number that is not finite compares as neither, unless the run begins with it.
      low = line.y()[i] < line.y()[low] || Double.isNaN(line.y()[low]) ? i : low;
      high = line.y()[i] > line.y()[high] || Double.isNaN(line.y()[high]) ? i : high;
    }
    int[] order = {Math.min(low, high), Math.max(low, high)};
    for (int i : order[0] == order[1] ? new int[] {low} : order) {
      points.add(new Point(line.x()[i], line.y()[i]));
    }
  }

  /// Finite values of y over all traces.
  static double[] heights(List<Trace> traces) {
    return traces.stream()
        .flatMap(trace -> trace.points.stream())
        .mapToDouble(Point::y)
        .filter(Double::isFinite)
        .toArray();
  }

  static double lowest(double[] values) {
    return Arrays.stream(values).min().orElse(0);
  }

  static double highest(double[] values) {
    return Arrays.stream(values).max().orElse(0);
  }
}
