package io.pushrod.server.surface;

import io.pushrod.server.log.TopicKey;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/// Counts the connections that look at a topic, up to a bound.
///
/// **Thread:** any. One map operation at the begin and the end of a connection.
public final class TopicPlaces {
  private final ConcurrentMap<TopicKey, Integer> taken = new ConcurrentHashMap<>();
  private final int limit;

  public TopicPlaces(int limit) {
    this.limit = limit;
  }

  /// Takes a place.
  ///
  /// @return false when there is none
  public boolean enter(TopicKey topic) {
    return enter(topic, limit);
  }

  /// The same where those who come have bounds of their own.
  public boolean enter(TopicKey topic, int limit) {
    boolean[] entered = new boolean[1];
    taken.compute(
        topic,
        (_, count) -> {
          int now = count == null ? 0 : count;
          entered[0] = now < limit;
          return entered[0] ? Integer.valueOf(now + 1) : count;
        });
    return entered[0];
  }

  /// Gives one back.
  public void leave(TopicKey topic) {
    taken.computeIfPresent(topic, (_, count) -> count == 1 ? null : count - 1);
  }
}
