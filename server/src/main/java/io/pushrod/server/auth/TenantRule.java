package io.pushrod.server.auth;

import io.pushrod.server.config.AuthIssuer;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.session.Identity;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The tenants that an issuer may speak for.
///
/// @param fixed the tenant of tokens that name none, or null
/// @param allowed empty for any tenant
record TenantRule(@Nullable String fixed, Set<String> allowed) {
  static final TenantRule ANY = new TenantRule(null, Set.of());

  /// @throws ConfigException for what is no tenant
  static TenantRule of(AuthIssuer entry) {
    String fixed = entry.tenant();
    List<String> named = fixed == null ? entry.tenants() : List.of(fixed);
    if (!named.stream().allMatch(Identity::isTenant)) {
      throw new ConfigException(
          entry.where()
              + (fixed == null ? ".tenants: " : ".tenant: ")
              + named
              + " (expected: tenants)");
    }
    return new TenantRule(fixed, new LinkedHashSet<>(named));
  }

  boolean allows(String tenant) {
    return allowed.isEmpty() || allowed.contains(tenant);
  }

  /// What `*` stands for: of an issuer that speaks for some tenants, those.
  Set<String> meantByAny() {
    return allowed.isEmpty() ? Set.of(Identity.ANY_TENANT) : allowed;
  }
}
