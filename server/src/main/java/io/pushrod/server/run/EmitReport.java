package io.pushrod.server.run;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/// When a run's desk, which is elsewhere, is to hear that its worker emitted something: at once
/// when a node begins or ends, else a few times within the shortest of the times that it watches.
///
/// **Thread:** any.
final class EmitReport {
  private static final long LONGEST_MILLIS = 1_000;
  private static final long SHORTEST_MILLIS = 50;
  private static final int PARTS = 4;

  private final long everyNanos;
  private final AtomicLong lastNanos = new AtomicLong(Long.MIN_VALUE);

  EmitReport(RunSettings settings) {
    long shortest = settings.heartbeatMillis();
    for (long each : new long[] {settings.idleMillis(), settings.nodeMillis()}) {
      shortest = each == 0 ? shortest : Math.min(shortest, each);
    }
    long every = Math.clamp(shortest / PARTS, SHORTEST_MILLIS, LONGEST_MILLIS);
    this.everyNanos = TimeUnit.MILLISECONDS.toNanos(every);
  }

  /// @param always whether it cannot wait
  boolean isDue(long nowNanos, boolean always) {
    long last = lastNanos.get();
    boolean due = always || last == Long.MIN_VALUE || nowNanos - last >= everyNanos;
    return due && (lastNanos.compareAndSet(last, nowNanos) || always);
  }
}
