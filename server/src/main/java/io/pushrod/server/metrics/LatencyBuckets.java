package io.pushrod.server.metrics;

/// Bounds of the publish-to-flush histogram: 50 µs, doubled up to 6.5536 s, then 10 s, then
/// everything else.
final class LatencyBuckets {
  private static final long FIRST_NANOS = 50_000;
  private static final int DOUBLED = 18;
  private static final long LAST_NANOS = 10_000_000_000L;

  static final int COUNT = DOUBLED + 2;

  private LatencyBuckets() {}

  /// The bucket whose range (lower, upper] holds this many nanoseconds; what is not positive is in
  /// the first.
  static int indexOf(long nanos) {
    if (nanos <= FIRST_NANOS) {
      return 0;
    }
    int doublings = Long.SIZE - Long.numberOfLeadingZeros((nanos - 1) / FIRST_NANOS);
    if (doublings < DOUBLED) {
      return doublings;
    }
    return nanos <= LAST_NANOS ? DOUBLED : DOUBLED + 1;
  }

  /// The upper bound of a bucket in seconds.
  static double upperSeconds(int bucket) {
    if (bucket < DOUBLED) {
      return (FIRST_NANOS << bucket) / 1e9;
    }
    return bucket == DOUBLED ? LAST_NANOS / 1e9 : Double.POSITIVE_INFINITY;
  }
}
