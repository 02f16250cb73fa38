package io.pushrod.server.http;

import io.pushrod.server.metrics.Counter;

/// Bounds of a body that is taken as it comes.
///
/// @param bytes a longer one is answered 413
/// @param withinNanos from its begin to its end, whatever the pace; between two pieces the body
///   timeout holds
/// @param counter counts the ones that were too long
public record BodyLimit(long bytes, long withinNanos, Counter counter) {
  public BodyLimit {
    if (bytes < 0 || withinNanos <= 0) {
      throw new IllegalArgumentException(
          "body limit: " + bytes + " bytes, " + withinNanos + " ns (expected: >= 0, > 0)");
    }
  }
}
