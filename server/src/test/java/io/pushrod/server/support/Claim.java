package io.pushrod.server.support;

/// Properties that fail without the cost of an assertion library: fuzz targets run millions of
/// times.
public final class Claim {
  private Claim() {}

  public static void that(boolean holds, String property) {
    if (!holds) {
      throw new AssertionError(property);
    }
  }

  public static void equal(Object actual, Object expected, String property) {
    if (!expected.equals(actual)) {
      throw new AssertionError(property + ": " + actual + " (expected: " + expected + ")");
    }
  }

  /// A message goes to a peer or a log.
  public static void bounded(String message) {
    that(message.length() <= 512, "a message is bounded");
  }
}
