package io.pushrod.server.http;

import io.pushrod.server.metrics.Counter;
import org.jspecify.annotations.Nullable;

/// A body that is being taken as it comes.
///
/// **Thread:** the channel's event loop.
final class Reception {
  private static final BodyLimit NONE =
      new BodyLimit(0, Long.MAX_VALUE, Counter.LIMIT_PUBLISH_BODY_BYTES);

  final boolean continueExpected;

  /// As the head announced it; -1 for chunks.
  final long announcedBytes;

  /// Null until the endpoint asks for the body.
  @Nullable BodySink sink;

  BodyLimit limit = NONE;
  long dueNanos;
  private long bytes;
  boolean paused;

  /// Whether the last piece is here.
  boolean whole;

  Reception(boolean continueExpected, long announcedBytes) {
    this.continueExpected = continueExpected;
    this.announcedBytes = announcedBytes;
  }

  void begin(BodySink sink, BodyLimit limit, long nowNanos) {
    this.sink = sink;
    this.limit = limit;
    this.dueNanos = nowNanos + limit.withinNanos();
  }

  boolean isOpen() {
    return sink != null && !paused;
  }

  /// Whether that many bytes more are within the bound.
  boolean admits(int length) {
    bytes += length;
    return bytes <= limit.bytes();
  }
}
