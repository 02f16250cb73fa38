package io.pushrod.bench.run;

import java.util.List;

/// The straight line through points that leaves the least squares: whether something grows.
///
/// @param perSecond by how much it rises
/// @param mean of the values
public record Trend(double perSecond, double mean) {
  private static final double SECONDS_PER_HOUR = 3_600;

  /// @param seconds and `values` are of the same size; fewer than two points rise by NaN
  public static Trend of(List<Double> seconds, List<Double> values) {
    if (seconds.size() != values.size()) {
      throw new IllegalArgumentException(
          "values: " + values.size() + " (expected: " + seconds.size() + ", one per second)");
    }
    double middle = mean(seconds);
    double mean = mean(values);
    double up = 0;
    double along = 0;
    for (int i = 0; i < values.size(); i++) {
      double from = seconds.get(i) - middle;
      up += from * (values.get(i) - mean);
      along += from * from;
    }
    return new Trend(up / along, mean);
  }

  private static double mean(List<Double> values) {
    return values.stream().mapToDouble(Double::doubleValue).average().orElse(Double.NaN);
  }

  public double perHour() {
    return perSecond * SECONDS_PER_HOUR;
  }
}
