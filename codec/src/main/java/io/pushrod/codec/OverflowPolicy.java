package io.pushrod.codec;

import java.util.Locale;

/// What happens to a reader that lags.
public enum OverflowPolicy {
  /// Deltas are joined and outdated states left out; nothing else is lost while the log retains it.
  FOLD,
  /// The oldest events beyond the outbox are left out, and the gap is told.
  DROP_OLDEST,
  /// The newest events beyond the outbox are left out, and the gap is told.
  DROP_NEWEST,
  /// The connection ends, with cursors to resume from.
  DISCONNECT;

  private final String label = name().toLowerCase(Locale.ROOT);

  /// The lower_snake name on the wire.
  public String label() {
    return label;
  }
}
