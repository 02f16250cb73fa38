package io.pushrod.server.surface.ciris;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// CIRIS' roles. Rows say which of them may read what.
final class Roles {
  /// The highest first.
  private static final List<String> ORDER =
      List.of("SYSTEM_ADMIN", "ROOT", "AUTHORITY", "ADMIN", "SERVICE_ACCOUNT", "OBSERVER");

  private Roles() {}

  /// The one that a client is told it has; null for none.
  static @Nullable String highest(Set<String> roles) {
    for (String role : ORDER) {
      if (roles.contains(role)) {
        return role;
      }
    }
    return null;
  }
}
