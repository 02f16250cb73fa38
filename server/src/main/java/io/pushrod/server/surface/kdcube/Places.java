package io.pushrod.server.surface.kdcube;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.util.concurrent.atomic.AtomicInteger;

/// How many streams of one row are open, up to a bound.
///
/// **Thread:** any.
final class Places {
  private final int limit;
  private final AtomicInteger taken = new AtomicInteger();

  /// @param limit 0 for no bound
  Places(int limit) {
    this.limit = limit;
  }

  boolean hasNone() {
    return limit > 0 && taken.get() >= limit;
  }

  /// Takes a place.
  ///
  /// @return false when there is none
  boolean enter() {
    if (taken.incrementAndGet() > limit && limit > 0) {
      taken.decrementAndGet();
      return false;
    }
    return true;
  }

  void leave() {
    taken.decrementAndGet();
  }

  /// Why nobody is let in.
  static RequestException none() {
    return new RequestException(
        ErrorCode.TOO_MANY_CONNECTIONS, "SSE instance capacity reached. Try again later.");
  }
}
