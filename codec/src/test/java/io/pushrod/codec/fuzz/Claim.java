package io.pushrod.codec.fuzz;

/// Properties that fail without the cost of an assertion library, as they run millions of times.
final class Claim {
  private Claim() {}

  static void that(boolean holds, String property) {
    if (!holds) {
      throw new AssertionError(property);
    }
  }

  static void equal(Object actual, Object expected, String property) {
    if (!expected.equals(actual)) {
      throw new AssertionError(property + ": " + actual + " (expected: " + expected + ")");
    }
  }

  /// A message goes to a peer or a log: short, and on one line unless the input is quoted.
  static void bounded(String message) {
    that(message.length() <= 512, "a message is bounded");
  }
}
