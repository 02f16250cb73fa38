package io.pushrod.server.run;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongPredicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// One store for several servers, which takes from a desk only while its server has it.
final class FencedStore implements RunStore {
  private final Map<String, Map<String, byte[]>> records;
  private final Set<String> tenants;
  private final LongPredicate holds;
  private final Supplier<Boolean> reachable;
  private final long fence;

  /// @param holds whether a fence is the present one
  FencedStore(LongPredicate holds) {
    this(new HashMap<>(), new HashSet<>(), holds, () -> true, 0);
  }

  private FencedStore(
      Map<String, Map<String, byte[]>> records,
      Set<String> tenants,
      LongPredicate holds,
      Supplier<Boolean> reachable,
      long fence) {
    this.records = records;
    this.tenants = tenants;
    this.holds = holds;
    this.reachable = reachable;
    this.fence = fence;
  }

  /// The store as one server sees it.
  FencedStore of(Supplier<Boolean> isReachable) {
    return new FencedStore(records, tenants, holds, isReachable, 0);
  }

  @Override
  public RunStore under(long number) {
    return new FencedStore(records, tenants, holds, reachable, number);
  }

  private boolean takes() {
    return reachable.get() && holds.test(fence);
  }

  private Map<String, byte[]> shelf(String tenant, Shelf shelf) {
    return records.computeIfAbsent(tenant + "/" + shelf, _ -> new HashMap<>());
  }

  @Override
  public void put(String tenant, Shelf shelf, String key, byte[] record, Runnable stored) {
    if (takes()) {
      tenants.add(tenant);
      shelf(tenant, shelf).put(key, record);
      stored.run();
    }
  }

  @Override
  public void remove(String tenant, Shelf shelf, String key) {
    if (takes()) {
      shelf(tenant, shelf).remove(key);
    }
  }

  @Override
  public void load(String tenant, Shelf shelf, Consumer<Loaded> answer) {
    answer.accept(
        reachable.get()
            ? new Loaded.Records(Map.copyOf(shelf(tenant, shelf)))
            : new Loaded.Failed("cut"));
  }

  @Override
  public void tenants(Consumer<Set<String>> answer) {
    answer.accept(Set.copyOf(tenants));
  }

  @Override
  public @Nullable String obstacle() {
    return null;
  }
}
