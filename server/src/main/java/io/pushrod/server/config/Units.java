package io.pushrod.server.config;

import java.util.List;

/// Sizes and durations as people write them: a whole number and a unit.
final class Units {
  private record Unit(String suffix, long factor) {}

  /// Largest first, so that texts come out short. `KB` and `MB` are refused: they mean two things.
  private static final List<Unit> SIZES =
      List.of(new Unit("GiB", 1L << 30), new Unit("MiB", 1L << 20), new Unit("KiB", 1L << 10));

  private static final List<Unit> DURATIONS =
      List.of(
          new Unit("d", 86_400_000_000_000L),
          new Unit("h", 3_600_000_000_000L),
          new Unit("m", 60_000_000_000L),
          new Unit("s", 1_000_000_000L),
          new Unit("ms", 1_000_000L));

  private static final Unit ONE = new Unit("", 1);

  private Units() {}

  /// @return the number, or -1 when the text is no whole number
  static long parseWhole(String text) {
    return times(text, ONE);
  }

  /// @return bytes, or -1 when the text is no size
  static long parseBytes(String text) {
    for (Unit unit : SIZES) {
      if (text.endsWith(unit.suffix)) {
        return times(text, unit);
      }
    }
    return times(text, ONE);
  }

  static String bytesText(long bytes) {
    for (Unit unit : SIZES) {
      if (bytes != 0 && bytes % unit.factor == 0) {
        return bytes / unit.factor + unit.suffix;
      }
    }
    return Long.toString(bytes);
  }

  /// @return nanoseconds, or -1 when the text is no duration
  static long parseNanos(String text) {
    int digits = 0;
    while (digits < text.length() && Character.isDigit(text.charAt(digits))) {
      digits++;
    }
    String suffix = text.substring(digits);
    for (Unit unit : DURATIONS) {
      if (suffix.equals(unit.suffix)) {
        return times(text, unit);
      }
    }
    return -1;
  }

  static String nanosText(long nanos) {
    for (Unit unit : DURATIONS) {
      if (nanos != 0 && nanos % unit.factor == 0) {
        return nanos / unit.factor + unit.suffix;
      }
    }
    return nanos / 1_000_000 + "ms";
  }

  private static long times(String text, Unit unit) {
    String number = text.substring(0, text.length() - unit.suffix.length());
    if (number.isEmpty() || !number.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return -1;
    }
    try {
      return Math.multiplyExact(Long.parseLong(number), unit.factor);
    } catch (ArithmeticException | NumberFormatException e) {
      return -1;
    }
  }
}
