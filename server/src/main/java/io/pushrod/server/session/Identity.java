package io.pushrod.server.session;

import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whoever is behind a connection or request, as a verified credential says.
///
/// **Thread:** any; immutable.
///
/// @param tenant whom it acts for unless it says otherwise
/// @param user the subject of the token, or empty when it names none
/// @param subscribe what it may read
/// @param publish what it may write
/// @param own whose readers it may declare
/// @param tenants all tenants that a service may act for, with `tenant`; `*` stands for any
/// @param issuedAtMillis since the epoch; 0 when the credential does not say
/// @param expiresAtMillis since the epoch; from then on it is no longer accepted, clock skew
///   included; [Long#MAX_VALUE] for never
/// @param tokenId the `jti` of the token or the id of the API key; empty when it has none
public record Identity(
    String tenant,
    String user,
    Set<String> roles,
    Grants subscribe,
    Grants publish,
    Grants own,
    Set<String> tenants,
    long issuedAtMillis,
    long expiresAtMillis,
    String tokenId) {

  /// Stands for any tenant in `tenants`.
  public static final String ANY_TENANT = "*";

  private static final int MAX_TENANT_LENGTH = 255;

  public Identity {
    roles = Set.copyOf(roles);
    tenants = Set.copyOf(tenants);
  }

  /// Whether the text may be a tenant: 1–255 printable ASCII characters without `"`, `\`, space and
  /// `*`, so that it stands in JSON and in keys as it is.
  public static boolean isTenant(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_TENANT_LENGTH
        && text.chars().allMatch(c -> c > ' ' && c < 127 && c != '"' && c != '\\' && c != '*');
  }

  public boolean mayActFor(String other) {
    return other.equals(tenant)
        || tenants.contains(other)
        || (tenants.contains(ANY_TENANT) && isTenant(other));
  }

  /// The same identity inside another tenant, or null when it may not act there.
  public @Nullable Identity forTenant(String other) {
    if (other.equals(tenant)) {
      return this;
    }
    return mayActFor(other)
        ? new Identity(
            other,
            user,
            roles,
            subscribe,
            publish,
            own,
            tenants,
            issuedAtMillis,
            expiresAtMillis,
            tokenId)
        : null;
  }
}
