package io.pushrod.server.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// One entry of `auth.grants`: what a role, or a scope, adds to the grants of a token.
///
/// @param where file, line and key of the entry, for messages
/// @param role null when a scope is meant
/// @param scope null when a role is meant
public record AuthGrant(
    String where,
    @Nullable String role,
    @Nullable String scope,
    List<String> topics,
    List<String> publish,
    List<String> own) {

  static AuthGrant read(Settings settings) {
    AuthGrant read =
        new AuthGrant(
            settings.where(),
            settings.optionalText("role"),
            settings.optionalText("scope"),
            settings.texts("topics", List.of()),
            settings.texts("publish", List.of()),
            settings.texts("own", List.of()));
    settings.finish();
    settings.check((read.role == null) != (read.scope == null), "role", "either role or scope");
    return read;
  }
}
