package io.pushrod.server.hub;

/// How many goodbyes of a shard may have been said by some moment, so that they are spread evenly
/// over a window.
///
/// @param total how many there are to say
/// @param windowNanos 0 for all at once
record GoodbyePace(int total, long beginNanos, long windowNanos) {
  /// The first is due at once, the last before the end of the window.
  int due(long nowNanos) {
    long elapsed = Math.max(0, nowNanos - beginNanos);
    if (elapsed >= windowNanos) {
      return total;
    }
    return (int) Math.min(total, 1 + (long) ((double) total * elapsed / windowNanos));
  }
}
