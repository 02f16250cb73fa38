package io.pushrod.server.backplane;

import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// Which servers there are, as one of them sees it.
///
/// **Thread:** the bus's.
/* Redis says how long ago it heard of each, by its own clock. That counts only while this server itself has been heard
 * without a pause for as long as others may be silent: after Redis was away everybody's last word is old, and nobody has
 * died of that. Who sends something is there, even if it is too new for the last look. */
final class Nodes {
  private final String self;
  private final long ttlNanos;

  /// When each was heard of last.
  private final Map<String, Long> heard = new HashMap<>();

  private Set<String> present;
  private boolean looked;
  private long lookedNanos;
  private long steadySinceNanos;

  Nodes(String self, long ttlNanos) {
    this.self = self;
    this.ttlNanos = ttlNanos;
    this.present = Set.of(self);
  }

  /// All that are there, with this one.
  Set<String> present() {
    return present;
  }

  /// Whether silence of others means that they are gone.
  boolean isSteady(long nowNanos) {
    return looked
        && nowNanos - lookedNanos <= ttlNanos / 2
        && nowNanos - steadySinceNanos >= ttlNanos;
  }

  /// Redis answered.
  ///
  /// @param ages nanoseconds since it heard of each
  /// @return whether somebody came or is gone
  boolean look(Map<String, Long> ages, long nowNanos) {
    if (!looked || nowNanos - lookedNanos > ttlNanos / 2) {
      steadySinceNanos = nowNanos;
    }
    looked = true;
    lookedNanos = nowNanos;
    boolean steady = isSteady(nowNanos);
    new TreeMap<>(ages)
        .forEach(
            (node, age) -> {
              if (age <= ttlNanos) {
                heard.merge(node, nowNanos - age, Nodes::later);
              }
            });
    if (steady) {
      heard.values().removeIf(at -> nowNanos - at > ttlNanos);
    }
    return changed();
  }

  private static long later(long one, long other) {
    return one - other > 0 ? one : other;
  }

  /// A node sent something.
  ///
  /// @return whether it is new
  boolean hear(String node, long nowNanos) {
    heard.merge(node, nowNanos, Nodes::later);
    return changed();
  }

  /// A node said goodbye.
  ///
  /// @return whether it was there
  boolean leave(String node) {
    heard.remove(node);
    return changed();
  }

  private boolean changed() {
    Set<String> now = new TreeSet<>(heard.keySet());
    now.add(self);
    boolean changed = !now.equals(present);
    present = Set.copyOf(now);
    return changed;
  }
}
