package io.pushrod.server.run;

import io.pushrod.server.hub.Clock;
import java.util.concurrent.TimeUnit;

/// The time of one desk: milliseconds that never jump, and go on where they stood when another
/// process had the desk.
///
/// It begins as the wall clock's. Of the time in which nobody had the desk at most
/// [#MAX_AWAY_MILLIS] counts, and never less than none: a wall clock that was set between two
/// processes, or a server that was off for a day, ends nothing by itself.
///
/// **Thread:** any; set by the desk's shard before anybody asks.
final class DeskTime {
  static final long MAX_AWAY_MILLIS = 60_000;

  private final Clock clock;
  private volatile long offsetMillis;

  DeskTime(Clock clock) {
    this.clock = clock;
    this.offsetMillis = clock.millis() - monotonicMillis();
  }

  long nowMillis() {
    return monotonicMillis() + offsetMillis;
  }

  /// Goes on behind another process.
  ///
  /// @param stampMillis the latest time at which the desk is known to have been there
  void goOnFrom(long stampMillis) {
    long away = Math.clamp(clock.millis() - stampMillis, 0, MAX_AWAY_MILLIS);
    offsetMillis = stampMillis + away - monotonicMillis();
  }

  private long monotonicMillis() {
    return TimeUnit.NANOSECONDS.toMillis(clock.nanos());
  }
}
