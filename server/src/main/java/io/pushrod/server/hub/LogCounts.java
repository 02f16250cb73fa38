package io.pushrod.server.hub;

import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Retention;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;

/// Counts what the logs of a shard report.
///
/// **Thread:** the shard.
record LogCounts(ShardMetrics metrics) implements LogContext.LogEvents {
  @Override
  public void onDuplicate() {
    metrics.count(Counter.DUPLICATES);
  }

  @Override
  public void onBound(Retention.Bound bound) {
    metrics.count(
        switch (bound) {
          case BYTES -> Counter.LIMIT_RETENTION_BYTES;
          case EVENTS -> Counter.LIMIT_RETENTION_EVENTS;
          case AGE -> Counter.LIMIT_RETENTION_AGE;
          case MEMORY -> Counter.LIMIT_MEMORY_BUDGET;
        });
  }

  @Override
  public void onTrimmed(long events) {
    metrics.count(Counter.EVENTS_TRIMMED, events);
  }
}
