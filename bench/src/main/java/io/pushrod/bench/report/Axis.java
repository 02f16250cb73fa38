package io.pushrod.bench.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/// A range of values, where each lies in it, and the round ones that are written beside it.
///
/// @param ticks ascending, all within the range
record Axis(Scale scale, double low, double high, List<Double> ticks) {
  /// How values become lengths.
  enum Scale {
    LINEAR,
    LOG,
    /// Of HdrHistogram's plots: log10 of 1 ÷ (1 − p ÷ 100).
    PERCENTILE;

    private double length(double value) {
      return switch (this) {
        case LINEAR -> value;
        case LOG -> Math.log10(value);
        case PERCENTILE -> -Math.log10(1 - value / 100);
      };
    }

    private double value(double length) {
      return switch (this) {
        case LINEAR -> length;
        case LOG -> Math.pow(10, length);
        case PERCENTILE -> 100 * (1 - Math.pow(10, -length));
      };
    }
  }

  private static final double[] PERCENTILES = {0, 50, 90, 99, 99.9, 99.99};
  private static final double LINEAR_UP_TO = 100;
  private static final double MOST_DECADES = 6;
  private static final double DECADES_WITH_STEPS = 3;

  Axis {
    ticks = List.copyOf(ticks);
  }

  /// Zero, `low` and `high`, at steps of 1, 2 or 5 times a power of ten.
  ///
  /// @param steps about as many as there shall be
  static Axis linear(double low, double high, int steps) {
    checkFinite(low, high);
    return between(Math.min(0, low), Math.max(0, high), steps);
  }

  /// From `low` to `high` and no further, with the same steps.
  static Axis exactly(double low, double high, int steps) {
    checkFinite(low, high);
    Axis around = between(low, high, steps);
    List<Double> inside = around.ticks.stream().filter(t -> t >= low && t <= high).toList();
    return low < high ? new Axis(Scale.LINEAR, low, high, inside) : around;
  }

  private static Axis between(double from, double to, int steps) {
    double step = roundedUp(from < to ? (to - from) / steps : 1.0 / steps);
    long first = (long) Math.floor(from / step + 1e-9);
    long last = Math.max(first + 1, (long) Math.ceil(to / step - 1e-9));
    List<Double> ticks = new ArrayList<>();
    for (long i = first; i <= last; i++) {
      ticks.add(rounded(i * step));
    }
    return new Axis(Scale.LINEAR, ticks.getFirst(), ticks.getLast(), ticks);
  }

  /// `low` and `high`, at the decades around them, at most six below the highest; up to three of
  /// them with their 2 and 5.
  ///
  /// @param high above 0
  static Axis log(double low, double high) {
    checkFinite(low, high);
    if (high <= 0) {
      throw new IllegalArgumentException("high: " + high + " (expected: > 0)");
    }
    double least = Math.max(low, high / Math.pow(10, MOST_DECADES));
    int first = (int) Math.floor(Math.log10(least) + 1e-9);
    int last = Math.max(first + 1, (int) Math.ceil(Math.log10(high) - 1e-9));
    int[] parts = last - first <= DECADES_WITH_STEPS ? new int[] {1, 2, 5} : new int[] {1};
    List<Double> ticks = new ArrayList<>();
    for (int decade = first; decade < last; decade++) {
      for (int part : parts) {
        ticks.add(rounded(part * Math.pow(10, decade)));
      }
    }
    ticks.add(rounded(Math.pow(10, last)));
    while (ticks.size() > 2 && ticks.get(1) <= least) {
      ticks.removeFirst();
    }
    while (ticks.size() > 2 && ticks.get(ticks.size() - 2) >= high) {
      ticks.removeLast();
    }
    return new Axis(Scale.LOG, ticks.getFirst(), ticks.getLast(), ticks);
  }

  /// Linear from zero, or logarithmic where the values span more than two decades.
  static Axis fitting(double low, double high, int steps) {
    return low > 0 && high > LINEAR_UP_TO * low ? log(low, high) : linear(low, high, steps);
  }

  /// From 0 to the first of 90, 99, 99.9 and 99.99 that is not below `highest`.
  static Axis percentiles(double highest) {
    List<Double> ticks = new ArrayList<>();
    for (double p : PERCENTILES) {
      ticks.add(p);
      if (p >= 90 && p >= highest) {
        break;
      }
    }
    return new Axis(Scale.PERCENTILE, 0, ticks.getLast(), ticks);
  }

  /// Where `value` lies, from 0 to 1; what is outside lies at the nearer end.
  double place(double value) {
    double start = scale.length(low);
    double place =
        (scale.length(Math.clamp(value, low, high)) - start) / (scale.length(high) - start);
    return Math.clamp(place, 0, 1);
  }

  /// The value at a place from 0 to 1.
  double at(double place) {
    double start = scale.length(low);
    return scale.value(start + place * (scale.length(high) - start));
  }

  private static double roundedUp(double step) {
    double power = Math.pow(10, Math.floor(Math.log10(step)));
    double part = step / power - 1e-9;
    return power * (part <= 1 ? 1 : part <= 2 ? 2 : part <= 5 ? 5 : 10);
  }

  /// Without the last digits, where sums of binary fractions err.
  private static double rounded(double value) {
    return Double.parseDouble(String.format(Locale.ROOT, "%.12e", value));
  }

  private static void checkFinite(double low, double high) {
    if (!Double.isFinite(low) || !Double.isFinite(high) || !Double.isFinite(high - low)) {
      throw new IllegalArgumentException(
          "range: " + low + " to " + high + " (expected: finite numbers)");
    }
  }
}
