package io.pushrod.server.auth;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Whose tokens are accepted. `iss` picks one, before anything is believed, so that the keys of one
/// issuer never verify a token of another.
///
/// @param unnamed the issuer of `auth.keys`, or null when there are no such keys
/// @param named by what `iss` is in their tokens
record Issuers(@Nullable Issuer unnamed, Map<String, Issuer> named) {

  static Issuers of(Issuer unnamed) {
    return new Issuers(unnamed, Map.of());
  }

  /// Beside others, the unnamed issuer has the tokens with its own `auth.issuer`, or without any
  /// `iss`.
  ///
  /// @return null for an issuer that nobody configured
  @Nullable Issuer find(@Nullable Object iss) {
    Issuer byName = iss instanceof String name ? named.get(name) : null;
    if (byName != null) {
      return byName;
    }
    boolean isOther =
        unnamed != null && iss != null && !named.isEmpty() && unnamed.rules().issuer() == null;
    return isOther ? null : unnamed;
  }
}
