package io.pushrod.server.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.storage.StateStore;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Records of desks among the small records of a disk. Loading reads on the caller's thread, and
/// has answered when it returns.
///
/// **Thread:** any.
/* A tenant's shelves are spaces of their own, named by the tenant's digest: a name may have characters and a length that a
 * space may not. The names themselves are in one more space. */
public final class StateRunStore implements RunStore {
  private static final String TENANTS = "run-tenants";
  private static final int DIGEST_BYTES = 20;
  private static final byte[] NOTHING = {};

  private final StateStore state;
  private final Supplier<@Nullable String> obstacle;

  /// Those that are in [#TENANTS].
  private final Set<String> named = ConcurrentHashMap.newKeySet();

  /// @param obstacle why nothing can be stored now; null while it can
  public StateRunStore(StateStore state, Supplier<@Nullable String> obstacle) {
    this.state = state;
    this.obstacle = obstacle;
  }

  @Override
  public void put(String tenant, Shelf shelf, String key, byte[] record, Runnable stored) {
    if (named.add(tenant)) {
      state.put(TENANTS, tenant, NOTHING, () -> {});
    }
    state.put(space(tenant, shelf), key, record, stored);
  }

  @Override
  public void remove(String tenant, Shelf shelf, String key) {
    state.remove(space(tenant, shelf), key);
  }

  @Override
  public void load(String tenant, Shelf shelf, Consumer<Loaded> answer) {
    Map<String, byte[]> records = new HashMap<>();
    Loaded loaded;
    try {
      state.each(space(tenant, shelf), records::put);
      loaded = new Loaded.Records(records);
    } catch (IllegalStateException e) {
      loaded = new Loaded.Failed(String.valueOf(e.getMessage()));
    }
    answer.accept(loaded);
  }

  @Override
  public void tenants(Consumer<Set<String>> answer) {
    Set<String> all = new HashSet<>();
    state.each(TENANTS, (tenant, _) -> all.add(tenant));
    named.addAll(all);
    answer.accept(all);
  }

  @Override
  public @Nullable String obstacle() {
    return obstacle.get();
  }

  private static String space(String tenant, Shelf shelf) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(tenant.getBytes(UTF_8));
      return "run-"
          + shelf.name().toLowerCase(Locale.ROOT)
          + "-"
          + HexFormat.of().formatHex(Arrays.copyOf(digest, DIGEST_BYTES));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("SHA-256: not there (expected: a complete JDK)", e);
    }
  }
}
