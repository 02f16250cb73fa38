package io.pushrod.client;

import java.time.Duration;
import java.util.random.RandomGenerator;

/// How long to wait before the next attempt to connect: a random part of a span that doubles ("full
/// jitter"), so that the clients of a restarted server do not come back in the same instant.
final class Backoff {
  private final long firstMillis;
  private final long maxMillis;
  private final RandomGenerator random;
  private int attempts;

  Backoff(Duration first, Duration max, RandomGenerator random) {
    this.firstMillis = first.toMillis();
    this.maxMillis = max.toMillis();
    this.random = random;
  }

  void reset() {
    attempts = 0;
  }

  /// @param retryAfterMillis the least that the server asked for
  long nextMillis(int retryAfterMillis) {
    long span = Math.min(maxMillis, firstMillis << Math.min(attempts, 20));
    attempts++;
    return retryAfterMillis + random.nextLong(span + 1);
  }
}
