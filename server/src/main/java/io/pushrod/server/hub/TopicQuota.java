package io.pushrod.server.hub;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// How many topics each tenant has, over all shards, and how many it may have.
///
/// **Thread:** any.
public final class TopicQuota {
  private final int limit;
  private final ConcurrentMap<String, Integer> topics = new ConcurrentHashMap<>();

  /// @param limit 0 for no bound
  public TopicQuota(int limit) {
    this.limit = limit;
  }

  /// Counts one topic more, unless the tenant has all that it may have.
  ///
  /// @return whether it was counted
  boolean take(String tenant) {
    if (limit == 0) {
      return true;
    }
    boolean[] taken = new boolean[1];
    var _ =
        topics.compute(
            tenant,
            (_, count) -> {
              int before = count == null ? 0 : count;
              taken[0] = before < limit;
              return taken[0] ? Integer.valueOf(before + 1) : count;
            });
    return taken[0];
  }

  /// Counts one topic more that the tenant has already.
  void keep(String tenant) {
    if (limit > 0) {
      var _ = topics.merge(tenant, 1, Integer::sum);
    }
  }

  /// One topic is gone; a tenant without topics is forgotten.
  void giveBack(String tenant) {
    var _ = topics.computeIfPresent(tenant, (_, count) -> count == 1 ? null : count - 1);
  }

  /// Whether the tenant has half of what it may have, or more.
  boolean isHalfUsed(String tenant) {
    return limit > 0 && count(tenant) >= (limit + 1) / 2;
  }

  /// Topics counted for a tenant.
  int count(String tenant) {
    return topics.getOrDefault(tenant, 0);
  }
}
