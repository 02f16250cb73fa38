package io.pushrod.server.schema;

import java.io.Serial;

/// How much work one check may still take.
///
/// **Thread:** one.
final class Steps {
  /// There is no more.
  static final class Exhausted extends RuntimeException {
    @Serial private static final long serialVersionUID = 1;

    Exhausted() {
      super("steps: used up", null, false, false);
    }
  }

  private long left;

  Steps(long most) {
    left = most;
  }

  /// For what the operator wrote.
  static Steps unbounded() {
    return new Steps(Long.MAX_VALUE);
  }

  /// @throws Exhausted when more was taken than there is
  void take(long count) {
    left -= count;
    if (left < 0) {
      throw new Exhausted();
    }
  }
}
