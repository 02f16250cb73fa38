package io.pushrod.server.quota;

import java.util.concurrent.TimeUnit;

/// A rate with a burst, as arithmetic on the one number that a bucket keeps: when it will be full
/// again.
///
/// That is the generic cell rate algorithm (ITU-T I.371, virtual scheduling), with debt: whoever
/// finds room for one passes with all it brings, and who comes next waits for what exceeds the
/// burst. So nothing is too large for ever, and many small batches do not keep a large one waiting.
///
/// @param perSecond > 0
/// @param burst > 0
record Pace(int perSecond, int burst) {
  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);

  /// How long until the next may pass.
  ///
  /// @param fullNanos when the bucket is full again
  long waitNanos(long fullNanos, long nowNanos) {
    return Math.max(0, fullNanos - nowNanos - costNanos(burst - 1));
  }

  /// When a bucket is full again after `count` have passed.
  long after(long fullNanos, long nowNanos, int count) {
    return (fullNanos - nowNanos > 0 ? fullNanos : nowNanos) + costNanos(count);
  }

  private long costNanos(long count) {
    return count * SECOND_NANOS / perSecond;
  }
}
