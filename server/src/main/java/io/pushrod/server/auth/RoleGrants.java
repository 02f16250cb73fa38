package io.pushrod.server.auth;

import io.pushrod.server.config.AuthGrant;
import io.pushrod.server.config.ConfigException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.function.Function;

/// What roles and scopes add to the grants of a token.
///
/// **Thread:** any; immutable.
record RoleGrants(List<RoleGrant> all) {
  static final RoleGrants NONE = new RoleGrants(List.of());

  /// @param name of a role, or of a scope
  record RoleGrant(
      boolean isRole,
      String name,
      List<GrantPattern> topics,
      List<GrantPattern> publish,
      List<GrantPattern> own) {}

  static RoleGrants of(List<AuthGrant> entries) {
    List<RoleGrant> all = new ArrayList<>();
    for (AuthGrant entry : entries) {
      String role = entry.role();
      all.add(
          new RoleGrant(
              role != null,
              role != null ? role : String.valueOf(entry.scope()),
              patterns(entry.where() + ".topics", entry.topics()),
              patterns(entry.where() + ".publish", entry.publish()),
              patterns(entry.where() + ".own", entry.own())));
    }
    return new RoleGrants(List.copyOf(all));
  }

  /// @throws ConfigException that names `key`
  static List<GrantPattern> patterns(String key, Collection<String> texts) {
    try {
      return texts.stream().map(GrantPattern::new).toList();
    } catch (IllegalArgumentException _) {
      throw new ConfigException(
          key
              + ": "
              + texts
              + " (expected: topics, patterns such as thread/* or run/{user}/*, or \"*\")");
    }
  }

  /// What these roles and scopes are granted of one kind.
  List<GrantPattern> of(
      Set<String> roles, Set<String> scopes, Function<RoleGrant, List<GrantPattern>> kind) {
    return all.stream()
        .filter(each -> (each.isRole() ? roles : scopes).contains(each.name()))
        .flatMap(each -> kind.apply(each).stream())
        .toList();
  }
}
