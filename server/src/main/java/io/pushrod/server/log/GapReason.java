package io.pushrod.server.log;

import java.util.Locale;

/// Why a reader misses a range of events.
public enum GapReason {
  /// Retention dropped them before the reader came.
  TRIMMED,
  /// The reader lagged and its overflow policy dropped them.
  OVERFLOW,
  /// The log that the cursor belongs to is gone.
  EPOCH;

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }
}
