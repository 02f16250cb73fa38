package io.pushrod.server.surface.route;

import io.pushrod.server.config.SurfaceConfig;
import io.pushrod.server.config.SurfaceConfig.Rule;

/// When a connection's heart is to beat, and when it counts as dead, by its row.
///
/// Events that leave are not timed, as that would cost each of them: a look at the cursors from
/// time to time shows whether there were any.
///
/// **Thread:** the connection's shard.
final class Vitals {
  private final long everyNanos;
  private final Rule rule;
  private final long idleNanos;
  private long heardNanos;
  private long saidNanos;
  private long beatenNanos;
  private long progress;

  Vitals(SurfaceConfig row, long nowNanos) {
    everyNanos = row.heartbeat().nanos();
    rule = row.heartbeat().rule();
    idleNanos = row.idleNanos();
    heardNanos = nowNanos;
    saidNanos = nowNanos;
    beatenNanos = nowNanos;
  }

  /// How often to look: at what is sent or received twice as often as a heartbeat is due, so that
  /// one is late by half of that at the most.
  long tickNanos(long byDefault) {
    if (everyNanos == 0) {
      return byDefault;
    }
    return rule == Rule.FIXED ? everyNanos : everyNanos / 2;
  }

  void heard(long nowNanos) {
    heardNanos = nowNanos;
  }

  void said(long nowNanos) {
    saidNanos = nowNanos;
  }

  /// @param now a number that grows with what is sent
  void observe(long now, long nowNanos) {
    if (now != progress) {
      progress = now;
      saidNanos = nowNanos;
    }
  }

  boolean isBeatDue(long nowNanos) {
    long since =
        switch (rule) {
          case FIXED -> Long.MIN_VALUE;
          case SENT -> Math.max(saidNanos, beatenNanos);
          case RECEIVED -> Math.max(heardNanos, beatenNanos);
        };
    return since == Long.MIN_VALUE || nowNanos - since >= everyNanos;
  }

  void beaten(long nowNanos) {
    beatenNanos = nowNanos;
  }

  /// Whether the client said nothing and was told nothing for too long; heartbeats don't count.
  boolean isIdle(long nowNanos) {
    return idleNanos > 0 && nowNanos - Math.max(heardNanos, saidNanos) >= idleNanos;
  }
}
