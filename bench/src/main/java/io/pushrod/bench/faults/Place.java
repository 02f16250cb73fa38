package io.pushrod.bench.faults;

import io.pushrod.bench.run.BenchException;

/// A cursor: how far one incarnation of a topic's log was read.
record Place(String epoch, long sequence) {
  /// @throws BenchException when it is none
  static Place parse(String text) {
    int dash = text.lastIndexOf('-');
    if (dash < 1) {
      throw new BenchException("cursor: " + text + " (expected: epoch-sequence)");
    }
    try {
      return new Place(text.substring(0, dash), Long.parseLong(text.substring(dash + 1)));
    } catch (NumberFormatException e) {
      throw new BenchException("cursor: " + text + " (expected: epoch-sequence)");
    }
  }

  @Override
  public String toString() {
    return epoch + '-' + sequence;
  }
}
