package io.pushrod.bench.run;

import java.util.Collection;

/// Median and range of one figure over the blocks of a run.
public record Spread(double median, double low, double high) {
  /// @param values at least one
  public static Spread of(Collection<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int middle = sorted.length / 2;
    double median =
        sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    return new Spread(median, sorted[0], sorted[sorted.length - 1]);
  }
}
