package io.pushrod.server.run;

import io.pushrod.server.storage.StateStore;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/// Small records that are stored at once, or when the test says so.
final class FakeState implements StateStore {
  private final Queue<Runnable> waiting = new ArrayDeque<>();
  private Map<String, Map<String, byte[]>> spaces = new HashMap<>();

  /// Whether what is put waits for [#write].
  boolean holds;

  volatile @Nullable String obstacle;

  /// Spaces that were read since the last crash.
  final Set<String> read = new HashSet<>();

  @Override
  public void put(String space, String key, byte[] value, Runnable stored) {
    StateStore.check(space, key, value.length);
    later(
        () -> {
          synchronized (this) {
            spaces.computeIfAbsent(space, _ -> new TreeMap<>()).put(key, value);
          }
          stored.run();
        });
  }

  @Override
  public void remove(String space, String key) {
    later(
        () -> {
          synchronized (this) {
            spaces.computeIfAbsent(space, _ -> new TreeMap<>()).remove(key);
          }
        });
  }

  private void later(Runnable change) {
    waiting.add(change);
    if (!holds) {
      write();
    }
  }

  void write() {
    while (!waiting.isEmpty()) {
      waiting.remove().run();
    }
  }

  /// What is not stored is lost.
  void crash() {
    waiting.clear();
    holds = false;
    synchronized (this) {
      read.clear();
    }
  }

  @Override
  public synchronized void each(String space, BiConsumer<String, byte[]> record) {
    read.add(space);
    new TreeMap<>(spaces.getOrDefault(space, Map.of())).forEach(record);
  }

  /// All that is stored now, to be gone back to.
  synchronized Map<String, Map<String, byte[]>> copy() {
    Map<String, Map<String, byte[]>> copy = new HashMap<>();
    spaces.forEach((space, records) -> copy.put(space, new TreeMap<>(records)));
    return copy;
  }

  synchronized void goBackTo(Map<String, Map<String, byte[]>> earlier) {
    spaces = earlier;
  }

  /// How many records are in the spaces whose names begin so.
  synchronized int count(String prefix) {
    return spaces.entrySet().stream()
        .filter(each -> each.getKey().startsWith(prefix))
        .mapToInt(each -> each.getValue().size())
        .sum();
  }
}
