package io.pushrod.server.quota;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;

/// How many of something each key has; a key that has none is not held.
///
/// **Thread:** any.
final class Tally<K> {
  private final ConcurrentMap<K, Integer> counts = new ConcurrentHashMap<>();

  /// Adds one unless the key has `limit`.
  ///
  /// @return whether it was added
  boolean take(K key, int limit) {
    while (true) {
      Integer now = counts.get(key);
      if (limit <= 0) {
        return false;
      } else if (now == null) {
        if (counts.putIfAbsent(key, 1) == null) {
          return true;
        }
      } else if (now >= limit) {
        return false;
      } else if (counts.replace(key, now, now + 1)) {
        return true;
      }
    }
  }

  /// Takes one away that [#take] added.
  void giveBack(K key) {
    var _ = counts.computeIfPresent(key, (_, count) -> count == 1 ? null : count - 1);
  }

  int count(K key) {
    return counts.getOrDefault(key, 0);
  }

  /// All keys that have any, roughly.
  void each(Consumer<K> key) {
    counts.keySet().forEach(key);
  }

  /// How many keys have any.
  int keys() {
    return counts.size();
  }
}
