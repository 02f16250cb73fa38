package io.pushrod.server.run;

/// How long a server has a tenant's desk for itself.
///
/// **Thread:** any.
final class Tenure {
  private final boolean forever;
  private final long fence;
  private volatile long untilNanos;

  private Tenure(boolean forever, long fence, long untilNanos) {
    this.forever = forever;
    this.fence = fence;
    this.untilNanos = untilNanos;
  }

  /// Of a server that shares its desks with nobody.
  static Tenure forever() {
    return new Tenure(true, 0, 0);
  }

  /// @param fence rises with each server that takes the desk
  /// @param untilNanos of a clock that never jumps, before anybody else may take it
  static Tenure until(long fence, long untilNanos) {
    return new Tenure(false, fence, untilNanos);
  }

  long fence() {
    return fence;
  }

  /// Whether the desk may do anything now. A server that was frozen finds out here.
  boolean holds(long nowNanos) {
    return forever || nowNanos - untilNanos < 0;
  }

  boolean isShared() {
    return !forever;
  }

  void extend(long toNanos) {
    untilNanos = toNanos;
  }
}
