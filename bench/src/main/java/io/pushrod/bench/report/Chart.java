package io.pushrod.bench.report;

import io.pushrod.bench.run.Spread;
import java.util.List;
import java.util.OptionalDouble;
import org.HdrHistogram.Histogram;

/// Figures to be drawn. The page shows each as a picture and as a table.
public sealed interface Chart {
  String title();

  /// One line per histogram: latency at each percentile, on HdrHistogram's scale.
  static Chart percentiles(String title, List<Curve> curves) {
    return new Percentiles(title, curves);
  }

  /// Lines over a common x, mostly time, from zero up.
  static Chart series(String title, String xUnit, String yUnit, List<Line> lines) {
    return new Series(title, xUnit, yUnit, lines);
  }

  /// Medians beside each other, each with its range.
  ///
  /// @param unit empty for a ratio
  /// @param budget drawn across all bars
  static Chart bars(String title, String unit, List<Bar> bars, OptionalDouble budget) {
    return new Bars(title, unit, bars, budget);
  }

  /// @param nanos is copied
  record Curve(String name, Histogram nanos) {
    public Curve {
      nanos = nanos.copy();
    }

    /// The highest percentile that a count tells anything about, in percent: 1 − 1 ÷ count.
    double highest() {
      long count = nanos.getTotalCount();
      return count == 0 ? 0 : 100 * (1 - 1.0 / count);
    }

    double millis(double percentile) {
      return nanos.getValueAtPercentile(percentile) / 1e6;
    }
  }

  /// @param x ascending
  /// @param y as many as `x`; one that is not finite leaves a hole
  @SuppressWarnings("ArrayRecordComponent") // many points, drawn, never compared
  record Line(String name, double[] x, double[] y) {
    public Line {
      if (x.length != y.length) {
        throw new IllegalArgumentException(
            "y: %d values (expected: %d, one per x)".formatted(y.length, x.length));
      }
      x = x.clone();
      y = y.clone();
    }
  }

  /// One bar: its length is the median.
  record Bar(String name, Spread spread) {}

  /// See [#percentiles].
  record Percentiles(String title, List<Curve> curves) implements Chart {
    public Percentiles {
      curves = List.copyOf(curves);
    }
  }

  /// See [#series].
  record Series(String title, String xUnit, String yUnit, List<Line> lines) implements Chart {
    public Series {
      lines = List.copyOf(lines);
    }
  }

  /// See [#bars].
  record Bars(String title, String unit, List<Bar> bars, OptionalDouble budget) implements Chart {
    public Bars {
      bars = List.copyOf(bars);
    }
  }
}
