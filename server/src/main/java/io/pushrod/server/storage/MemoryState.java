package io.pushrod.server.storage;

import java.util.TreeMap;
import java.util.function.BiConsumer;

/// Records that are gone with the process.
///
/// **Thread:** any.
public final class MemoryState implements StateStore {
  private final TreeMap<String, TreeMap<String, byte[]>> spaces = new TreeMap<>();

  @Override
  public void put(String space, String key, byte[] value, Runnable stored) {
    StateStore.check(space, key, value.length);
    synchronized (this) {
      spaces.computeIfAbsent(space, _ -> new TreeMap<>()).put(key, value);
    }
    stored.run();
  }

  @Override
  public synchronized void remove(String space, String key) {
    StateStore.check(space, key, 0);
    TreeMap<String, byte[]> records = spaces.get(space);
    if (records != null) {
      records.remove(key);
    }
  }

  @Override
  public void each(String space, BiConsumer<String, byte[]> record) {
    TreeMap<String, byte[]> all;
    synchronized (this) {
      all = new TreeMap<>(spaces.getOrDefault(space, new TreeMap<>()));
    }
    all.forEach(record);
  }
}
