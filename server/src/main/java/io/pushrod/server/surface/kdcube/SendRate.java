package io.pushrod.server.surface.kdcube;

import java.util.concurrent.TimeUnit;

/// How many messages one session sends: within any 60 seconds, and within an hour of the clock.
///
/// **Thread:** any.
final class SendRate {
  /// @param burst messages within any 60 seconds; 0 for no bound
  /// @param hourly messages within an hour of the clock; 0 for no bound
  record Limit(int burst, int hourly) {}

  private static final long WINDOW_MILLIS = TimeUnit.SECONDS.toMillis(60);
  private static final long HOUR_MILLIS = TimeUnit.HOURS.toMillis(1);
  static final int BURST_RETRY_SECONDS = 60;
  private static final int HOURLY_RETRY_SECONDS = 3_600;

  /// Times of the last sends, a ring; grows up to the burst.
  private long[] times = new long[4];

  private int first;
  private int size;
  private long hour;
  private int sentInHour;

  /// Counts a message if it may be sent.
  ///
  /// @return 0, or after how many seconds to try again
  synchronized int take(Limit limit, long nowMillis) {
    while (size > 0 && nowMillis - times[first] >= WINDOW_MILLIS) {
      first = (first + 1) % times.length;
      size--;
    }
    if (limit.burst() > 0 && size >= limit.burst()) {
      return BURST_RETRY_SECONDS;
    }
    long thisHour = Math.floorDiv(nowMillis, HOUR_MILLIS);
    if (thisHour != hour) {
      hour = thisHour;
      sentInHour = 0;
    }
    if (limit.hourly() > 0 && sentInHour >= limit.hourly()) {
      return HOURLY_RETRY_SECONDS;
    }
    sentInHour++;
    if (limit.burst() > 0) {
      note(nowMillis);
    }
    return 0;
  }

  private void note(long nowMillis) {
    if (size == times.length) {
      long[] grown = new long[2 * size];
      for (int i = 0; i < size; i++) {
        grown[i] = times[(first + i) % size];
      }
      times = grown;
      first = 0;
    }
    times[(first + size) % times.length] = nowMillis;
    size++;
  }
}
