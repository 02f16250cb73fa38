package io.pushrod.server.run;

import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Nothing outlives the process: what is put is answered at once.
///
/// **Thread:** any.
public final class NoRunStore implements RunStore {
  @Override
  public boolean keeps() {
    return false;
  }

  @Override
  public void put(String tenant, Shelf shelf, String key, byte[] record, Runnable stored) {
    stored.run();
  }

  @Override
  public void remove(String tenant, Shelf shelf, String key) {}

  @Override
  public void load(String tenant, Shelf shelf, Consumer<Loaded> answer) {
    answer.accept(new Loaded.Records(Map.of()));
  }

  @Override
  public void tenants(Consumer<Set<String>> answer) {
    answer.accept(Set.of());
  }

  @Override
  public @Nullable String obstacle() {
    return null;
  }
}
