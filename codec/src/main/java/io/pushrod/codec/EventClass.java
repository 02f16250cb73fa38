package io.pushrod.codec;

import java.util.Locale;

/// How an event may be treated on its way to a reader that lags or filters.
public enum EventClass {
  /// Kept as it is.
  PLAIN,
  /// Never filtered and never dropped: starts, ends and errors of runs.
  LIFECYCLE,
  /// Folds by joining the text of adjacent events of the same message.
  DELTA,
  /// Folds to the latest of its key.
  STATE,
  /// Not stored, without a sequence, the first to go: presence, typing, gestures.
  SIGNAL;

  private static final EventClass[] BY_NUMBER = values();

  private final String label = name().toLowerCase(Locale.ROOT);

  public String label() {
    return label;
  }

  /// @throws ArrayIndexOutOfBoundsException unless `number` is an ordinal
  public static EventClass of(int number) {
    return BY_NUMBER[number];
  }
}
