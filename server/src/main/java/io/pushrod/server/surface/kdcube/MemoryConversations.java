package io.pushrod.server.surface.kdcube;

import io.pushrod.server.metrics.Counter;
import java.util.LinkedHashMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Conversations in memory, up to a bound: then the one that was not asked for longest goes.
///
/// **Thread:** any; one lock, held for a few map operations.
final class MemoryConversations implements ConversationStore {
  private final int capacity;

  /// In the order of last use.
  private final LinkedHashMap<Key, Standing> all = new LinkedHashMap<>(16, 0.75f, true);

  MemoryConversations(int capacity) {
    this.capacity = capacity;
  }

  @Override
  public synchronized @Nullable Standing find(Key key) {
    return all.get(key);
  }

  @Override
  public synchronized boolean begin(Key key, @Nullable Standing seen, Standing turn, Moment now) {
    Standing known = all.get(key);
    boolean same = known == null ? seen == null : known.equals(seen);
    if (!same) {
      return false;
    }
    if (known == null && all.size() >= capacity) {
      all.pollFirstEntry();
      now.metrics().count(Counter.LIMIT_SURFACE_CONVERSATIONS);
    }
    all.put(key, turn);
    return true;
  }

  @Override
  public synchronized void update(Key key, String turnId, UnaryOperator<Standing> change) {
    all.computeIfPresent(
        key, (_, known) -> known.turnId().equals(turnId) ? change.apply(known) : known);
  }
}
