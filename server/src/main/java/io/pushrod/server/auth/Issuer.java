package io.pushrod.server.auth;

import com.nimbusds.jose.JWSAlgorithm;
import io.pushrod.server.config.AuthIssuer;
import io.pushrod.server.config.SignatureAlgorithm;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/// Somebody whose tokens are accepted: by its own keys only, and for what it may speak for only.
///
/// @param algorithms the only ones it may sign with
record Issuer(KeySource keys, Set<JWSAlgorithm> algorithms, ClaimRules rules) {

  /// Whatever its keys are for.
  static Issuer ofAnyAlgorithm(KeySource keys, ClaimRules rules) {
    return new Issuer(keys, algorithms(_ -> true), rules);
  }

  /// With the configured algorithms; without any, those that its keys can be for.
  static Issuer of(AuthIssuer entry, KeySource keys, ClaimRules rules) {
    List<SignatureAlgorithm> only = entry.algorithms();
    boolean isFetched = entry.jwksUrl() != null;
    return new Issuer(
        keys,
        algorithms(
            each -> only.isEmpty() ? !(isFetched && each.isSymmetric()) : only.contains(each)),
        rules);
  }

  private static Set<JWSAlgorithm> algorithms(Predicate<SignatureAlgorithm> allowed) {
    Set<JWSAlgorithm> algorithms =
        Arrays.stream(SignatureAlgorithm.values())
            .filter(allowed)
            .map(each -> JWSAlgorithm.parse(each.toString()))
            .collect(Collectors.toSet());
    if (algorithms.contains(JWSAlgorithm.EdDSA)) {
      algorithms.add(JWSAlgorithm.Ed25519);
    }
    return Set.copyOf(algorithms);
  }
}
