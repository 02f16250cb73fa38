package io.pushrod.server.quota;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// How fast each tenant publishes, over all its connections.
///
/// **Thread:** any; one map look-up and one compare-and-set a batch.
/* A bucket that is full says no more than none, so the table need only hold tenants that published within the time that
 * their bucket takes to fill. Growth sweeps it. A bucket that is swept is marked first, by the same compare-and-set that
 * takes from it: so nobody takes from a bucket that the table has forgotten. */
public final class PublishRates {
  private static final long RETIRED = Long.MIN_VALUE;
  private static final int SWEEP_AT = 1024;

  private final @Nullable Pace pace;
  private final ConcurrentMap<String, AtomicLong> buckets = new ConcurrentHashMap<>();
  private volatile int sweepAt = SWEEP_AT;

  /// @param perSecond events of one tenant; 0 for no bound
  /// @param burst events that may come at once
  public PublishRates(int perSecond, int burst) {
    this.pace = perSecond == 0 ? null : new Pace(perSecond, burst);
  }

  /// Lets a batch pass, or says how long it must wait before it is asked for again.
  ///
  /// @return 0 when it passed; else nanoseconds
  public long take(String tenant, int events, long nowNanos) {
    Pace known = pace;
    if (known == null || events == 0) {
      return 0;
    }
    while (true) {
      AtomicLong bucket = buckets.get(tenant);
      if (bucket == null) {
        bucket = add(tenant, nowNanos);
      }
      long full = bucket.get();
      if (full == RETIRED) {
        var _ = buckets.remove(tenant, bucket);
        continue;
      }
      long wait = known.waitNanos(full, nowNanos);
      if (wait > 0) {
        return wait;
      }
      if (bucket.compareAndSet(full, known.after(full, nowNanos, events))) {
        return 0;
      }
    }
  }

  private AtomicLong add(String tenant, long nowNanos) {
    if (buckets.size() >= sweepAt) {
      sweep(nowNanos);
    }
    return buckets.computeIfAbsent(tenant, _ -> new AtomicLong(nowNanos));
  }

  private void sweep(long nowNanos) {
    buckets
        .values()
        .removeIf(
            bucket -> {
              long full = bucket.get();
              return full - nowNanos <= 0 && bucket.compareAndSet(full, RETIRED);
            });
    sweepAt = Math.max(SWEEP_AT, 2 * buckets.size());
  }

  /// Tenants whose bucket is held.
  int size() {
    return buckets.size();
  }
}
