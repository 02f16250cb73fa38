package io.pushrod.bench.report;

import io.pushrod.bench.run.Spread;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;

/// Numbers as people read them: thousands separated, no more digits than tell something.
final class Numbers {
  private Numbers() {}

  /// A measured value; a dash for none.
  static String figure(double value) {
    if (!Double.isFinite(value)) {
      return "–";
    }
    double size = Math.abs(value);
    String format = size >= 1000 ? "%,.0f" : size >= 100 ? "%.1f" : size >= 10 ? "%.2f" : "%.3f";
    return String.format(Locale.ROOT, format, value);
  }

  /// `median (low–high)`.
  static String spread(Spread spread) {
    return figure(spread.median())
        + " ("
        + figure(spread.low())
        + "–"
        + figure(spread.high())
        + ")";
  }

  /// A round number: at an axis, or a limit that somebody set.
  static String round(double value) {
    return new DecimalFormat("#,##0.########", DecimalFormatSymbols.getInstance(Locale.ROOT))
        .format(value + 0.0);
  }

  /// `name, unit`, or the name alone where there is no unit.
  static String labelled(String name, String unit) {
    return unit.isEmpty() ? name : name + ", " + unit;
  }
}
