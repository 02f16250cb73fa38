package io.pushrod.server.storage;

import java.util.function.BiConsumer;

/// Keeps nothing: what it is given is gone with the process, as whoever gives it has it anyway.
///
/// **Thread:** any.
public final class NoState implements StateStore {
  @Override
  public void put(String space, String key, byte[] value, Runnable stored) {
    stored.run();
  }

  @Override
  public void remove(String space, String key) {}

  @Override
  public void each(String space, BiConsumer<String, byte[]> record) {}
}
