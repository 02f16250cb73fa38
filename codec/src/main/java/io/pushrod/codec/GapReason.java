package io.pushrod.codec;

import java.util.Locale;

/// Why a reader misses events.
public enum GapReason {
  /// Retention had removed them before they could be read.
  TRIMMED,
  /// The reader was too slow, and its overflow policy dropped them.
  OVERFLOW,
  /// The log was begun afresh; what it held is unknown.
  EPOCH;

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The lower_snake name on the wire and in metrics.
  public String label() {
    return label;
  }
}
