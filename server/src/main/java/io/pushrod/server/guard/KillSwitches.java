package io.pushrod.server.guard;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.PrivateFile;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.session.Identity;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// All kill switches that are set, in memory and in `<data>/.pushrod/kill-switches`.
///
/// **Thread:** asking any, without blocking; changing one at a time, the [Switchboard]'s.
/* The map is never changed but replaced, and read by one volatile read: whoever asks sees a switch
 * wholly or not at all. While nothing is switched off a question costs that read alone. */
public final class KillSwitches {
  private static final long MAX_BYTES = 64L << 20;

  private record Name(Scope scope, String id) {}

  private final PrivateFile file;
  private final int perTenant;
  private volatile Map<String, Map<Name, KillSwitch>> tenants = Map.of();

  /// @param perTenant the most that a tenant may have
  /// @throws ConfigException when there is a file that cannot be read
  public KillSwitches(Path dataDir, int perTenant) {
    this.file = new PrivateFile(dataDir.resolve(".pushrod").resolve("kill-switches"), MAX_BYTES);
    this.perTenant = perTenant;
    try {
      tenants = read(file);
    } catch (IOException | IllegalArgumentException e) {
      throw new ConfigException(
          "kill switches: "
              + file.path()
              + " (expected: whole, or deleted to switch everything on again; "
              + e.getMessage()
              + ")");
    }
  }

  private static Map<String, Map<Name, KillSwitch>> read(PrivateFile file) throws IOException {
    Map<String, Map<Name, KillSwitch>> all = new HashMap<>();
    for (String line : file.read()) {
      KillSwitch each = KillSwitch.parse(line);
      all.computeIfAbsent(each.tenant(), _ -> new LinkedHashMap<>())
          .put(new Name(each.scope(), each.id()), each);
    }
    return all;
  }

  // Asking.

  /// Whether this is switched off; null when it is not.
  public @Nullable KillSwitch find(String tenant, Scope scope, String id) {
    Map<Name, KillSwitch> of = tenants.get(tenant);
    return of == null ? null : of.get(new Name(scope, id));
  }

  /// What a tenant has switched off, in the order in which it was set.
  public List<KillSwitch> all(String tenant) {
    return List.copyOf(tenants.getOrDefault(tenant, Map.of()).values());
  }

  /// @throws RequestException `KILL_SWITCH` when the tenant or the user is switched off
  public void check(Identity who) {
    if (!tenants.isEmpty()) {
      check(who.tenant(), Scope.TENANT, who.tenant());
      check(who.tenant(), Scope.USER, who.user());
    }
  }

  /// @throws RequestException `KILL_SWITCH` when the tenant has switched this off for all
  public void check(Identity who, Action action) {
    if (!tenants.isEmpty()) {
      check(who.tenant(), Scope.ACTION, action.label());
    }
  }

  /// @param provider empty for none
  /// @throws RequestException `KILL_SWITCH` when the identity, the start of runs, the agent or the
  ///   provider is switched off
  public void checkRun(Identity who, String agent, String provider) {
    if (!tenants.isEmpty()) {
      check(who);
      check(who, Action.RUN_START);
      check(who.tenant(), Scope.AGENT, agent);
      check(who.tenant(), Scope.PROVIDER, provider);
    }
  }

  private void check(String tenant, Scope scope, String id) {
    KillSwitch off = find(tenant, scope, id);
    if (off != null) {
      throw new RequestException(ErrorCode.KILL_SWITCH, off.refusal());
    }
  }

  // Changing.

  /// Sets one, which holds at once. One that stands stays as it is, unless its reason is another.
  ///
  /// @return the one that holds now, or null when the tenant has no room
  @Nullable KillSwitch set(KillSwitch wanted) {
    KillSwitch old = find(wanted.tenant(), wanted.scope(), wanted.id());
    if (old != null && old.reason().equals(wanted.reason())) {
      return old;
    }
    if (old == null && tenants.getOrDefault(wanted.tenant(), Map.of()).size() >= perTenant) {
      return null;
    }
    Map<Name, KillSwitch> of = new LinkedHashMap<>(tenants.getOrDefault(wanted.tenant(), Map.of()));
    of.put(new Name(wanted.scope(), wanted.id()), wanted);
    replace(wanted.tenant(), of);
    return wanted;
  }

  /// @return the one that is gone, or null
  @Nullable KillSwitch lift(String tenant, Scope scope, String id) {
    Map<Name, KillSwitch> of = new LinkedHashMap<>(tenants.getOrDefault(tenant, Map.of()));
    KillSwitch lifted = of.remove(new Name(scope, id));
    if (lifted != null) {
      replace(tenant, of);
    }
    return lifted;
  }

  private void replace(String tenant, Map<Name, KillSwitch> of) {
    Map<String, Map<Name, KillSwitch>> all = new HashMap<>(tenants);
    if (of.isEmpty()) {
      all.remove(tenant);
    } else {
      all.put(tenant, of);
    }
    tenants = all;
  }

  /// Takes over one that holds at another server, whatever room there is.
  ///
  /// @return whether it is news here
  boolean adopt(KillSwitch theirs) {
    if (theirs.equals(find(theirs.tenant(), theirs.scope(), theirs.id()))) {
      return false;
    }
    Map<Name, KillSwitch> of = new LinkedHashMap<>(tenants.getOrDefault(theirs.tenant(), Map.of()));
    of.put(new Name(theirs.scope(), theirs.id()), theirs);
    replace(theirs.tenant(), of);
    return true;
  }

  /// All of them, as servers share them.
  Map<String, byte[]> records() {
    Map<String, byte[]> records = new HashMap<>();
    for (Map<Name, KillSwitch> of : tenants.values()) {
      of.values().forEach(each -> records.put(each.key(), each.line().getBytes(UTF_8)));
    }
    return records;
  }

  /// Brings the file up to date.
  void save() throws IOException {
    List<String> lines = new ArrayList<>();
    for (Map<Name, KillSwitch> of : tenants.values()) {
      of.values().forEach(each -> lines.add(each.line()));
    }
    file.write(lines);
  }
}
