package io.pushrod.bench.run;

import java.util.OptionalInt;

/// Looks for the highest rate that holds: up in steps of a quarter to the first that does not, then
/// by halves between the last that did and the first that did not, until they are 3 % apart.
public final class KneeSearch {
  private static final double STEP = 1.25;
  private static final double APART = 0.03;

  private final int start;
  private final int highest;
  private int held;
  private int failed;

  /// @param start to begin at
  /// @param highest to end at, if all hold
  public KneeSearch(int start, int highest) {
    if (start < 1 || highest < start) {
      throw new BenchException(
          "rates: from %d to %d (expected: 1 or more, ascending)".formatted(start, highest));
    }
    this.start = start;
    this.highest = highest;
    this.failed = highest + 1;
  }

  /// No search takes more rates.
  public int mostSteps() {
    double climb = Math.log((double) highest / start) / Math.log(STEP);
    double halve = Math.log(Math.max(start, (STEP - 1) / APART)) / Math.log(2);
    return (int) Math.ceil(climb) + (int) Math.ceil(halve) + 3;
  }

  /// The rate to try, empty when the knee is found.
  public OptionalInt next() {
    if (failed > highest) {
      return held == highest
          ? OptionalInt.empty()
          : OptionalInt.of(held == 0 ? start : (int) Math.min(highest, Math.ceil(held * STEP)));
    }
    return failed - held <= Math.max(1, held * APART)
        ? OptionalInt.empty()
        : OptionalInt.of(held + (failed - held) / 2);
  }

  /// What [#next] named held.
  public void onHeld(int rate) {
    held = rate;
  }

  /// What [#next] named did not hold.
  public void onFailed(int rate) {
    failed = rate;
  }

  /// The highest rate that held; 0 if none did.
  public int knee() {
    return held;
  }

  /// Whether a rate failed, so that the knee is one.
  public boolean isBounded() {
    return failed <= highest;
  }
}
