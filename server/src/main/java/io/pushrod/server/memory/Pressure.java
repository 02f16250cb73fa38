package io.pushrod.server.memory;

/// How much of the memory budget is used, as a level that a use 5 points below it ends.
public enum Pressure {
  NONE(0),
  /// Logs keep less, and lagging readers get everything folded.
  HIGH(80),
  /// Connections and subscriptions are refused for the moment; the largest outboxes are closed.
  SEVERE(95),
  /// Publications are refused or held back.
  FULL(100);

  private static final int HYSTERESIS_PERCENT = 5;

  private final int percent;

  Pressure(int percent) {
    this.percent = percent;
  }

  public boolean isAtLeast(Pressure other) {
    return compareTo(other) >= 0;
  }

  /// Where the level goes when `usedBytes` of `budgetBytes` are used.
  Pressure next(long usedBytes, long budgetBytes) {
    Pressure next = NONE;
    for (Pressure level : values()) {
      int enters = compareTo(level) >= 0 ? level.percent - HYSTERESIS_PERCENT : level.percent;
      if (usedBytes >= budgetBytes / 100.0 * enters) {
        next = level;
      }
    }
    return next;
  }
}
