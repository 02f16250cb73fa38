package io.pushrod.server.quota;

import java.util.LinkedHashMap;
import java.util.Map;

/// How fast each address connects. The table is bounded: beyond, the address that was quiet for the
/// longest time is forgotten.
///
/// **Thread:** the acceptor's loop.
final class AddressRates {
  private final Pace pace;

  /// When the bucket of each address is full again, the one asked for last at the end.
  private final Map<Long, Long> buckets;

  AddressRates(int perSecond, int limitAddresses) {
    this.pace = new Pace(perSecond, perSecond);
    this.buckets =
        new LinkedHashMap<>(16, 0.75f, true) {
          private static final long serialVersionUID = 1L;

          @Override
          protected boolean removeEldestEntry(Map.Entry<Long, Long> eldest) {
            return size() > limitAddresses;
          }
        };
  }

  /// @return whether one more connection of the address may come now
  boolean take(long address, long nowNanos) {
    long full = buckets.getOrDefault(address, nowNanos);
    if (pace.waitNanos(full, nowNanos) > 0) {
      return false;
    }
    buckets.put(address, pace.after(full, nowNanos, 1));
    return true;
  }

  int size() {
    return buckets.size();
  }
}
