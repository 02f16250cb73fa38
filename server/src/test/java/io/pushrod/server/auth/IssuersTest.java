package io.pushrod.server.auth;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jwt.JWTClaimsSet;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Who may speak for whom, and what roles and scopes add, as configured.
class IssuersTest {
  private static final long NOW = 1_800_000_000_000L;
  private static final String A = "issuer a has a secret of 32 bytes";
  private static final String B = "issuer b has a secret of 32 bytes";
  private static final String OWN = "auth.keys has a secret of 32 bytes";

  private static final String ISSUERS =
      "auth.issuers=[" + issuer("a", A, "tenant: acme") + "," + issuer("b", B, "") + "]";
  private static final String KEYS = "auth.keys=[{alg: HS256, secret: '" + OWN + "'}]";

  private static String issuer(String name, String secret, String more) {
    return "{issuer: 'https://"
        + name
        + "', keys: [{alg: HS256, secret: '"
        + secret
        + "'}]"
        + (more.isEmpty() ? "" : ", " + more)
        + "}";
  }

  private static TokenVerifier verifier(String... settings) {
    return TokenVerifier.of(ServerConfig.with(false, settings));
  }

  private static JWTClaimsSet.Builder of(@Nullable String issuer) {
    return new JWTClaimsSet.Builder().issuer(issuer).subject("ann");
  }

  private static String signed(String secret, JWTClaimsSet.Builder claims) {
    return TokenMinter.ofSecret(
            null, JWSAlgorithm.HS256, secret.getBytes(StandardCharsets.US_ASCII))
        .sign(claims.build());
  }

  private static Identity accepted(Verdict verdict) {
    assertThat(verdict).isInstanceOf(Accepted.class);
    return ((Accepted) verdict).identity();
  }

  private static void refused(Verdict verdict, Reason reason) {
    assertThat(verdict).isEqualTo(new Refused(reason));
  }

  // Keys.

  @Test
  void theKeysOfOneIssuerNeverVerifyATokenOfAnother() {
    TokenVerifier verifier = verifier(ISSUERS, KEYS);
    List<String> names = List.of("https://a", "https://b", "");
    List<String> secrets = List.of(A, B, OWN);
    for (int name = 0; name < names.size(); name++) {
      for (int secret = 0; secret < secrets.size(); secret++) {
        String token =
            signed(
                secrets.get(secret),
                of(names.get(name).isEmpty() ? null : names.get(name)).claim("tenant", "acme"));
        if (name == secret) {
          accepted(verifier.verify(token, NOW));
        } else {
          refused(verifier.verify(token, NOW), Reason.BAD_SIGNATURE);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"https://c", "https://A", "https://a/", "''"})
  void refusesAnIssuerThatNobodyConfigured(String issuer) {
    JWTClaimsSet.Builder claims = of(issuer).claim("tenant", "acme");
    for (String secret : List.of(A, B, OWN)) {
      refused(verifier(ISSUERS, KEYS).verify(signed(secret, claims), NOW), Reason.WRONG_ISSUER);
    }
  }

  @Test
  void withoutKeysOfItsOwnATokenWithoutIssuerIsRefused() {
    for (String secret : List.of(A, B)) {
      String token = signed(secret, of(null).claim("tenant", "acme"));
      refused(verifier(ISSUERS).verify(token, NOW), Reason.WRONG_ISSUER);
    }
  }

  @Test
  void anIssuerSignsOnlyWithItsAlgorithms() {
    TokenVerifier verifier =
        verifier("auth.issuers=[" + issuer("a", A, "algorithms: [HS512, RS256]") + "]");
    refused(
        verifier.verify(signed(A, of("https://a").claim("tenant", "acme")), NOW),
        Reason.ALGORITHM_NOT_ALLOWED);
  }

  @Test
  void eachIssuerHasItsAudience() {
    TokenVerifier verifier =
        verifier(
            "auth.audience=main", "auth.issuers=[" + issuer("a", A, "audience: push") + "]", KEYS);
    accepted(
        verifier.verify(signed(A, of("https://a").claim("tenant", "acme").audience("push")), NOW));
    refused(
        verifier.verify(signed(A, of("https://a").claim("tenant", "acme").audience("main")), NOW),
        Reason.WRONG_AUDIENCE);
    refused(
        verifier.verify(signed(OWN, of(null).claim("tenant", "acme").audience("push")), NOW),
        Reason.WRONG_AUDIENCE);
  }

  // Tenants.

  @Test
  void anIssuerOfOneTenantSpeaksForNoOther() {
    TokenVerifier verifier = verifier(ISSUERS);
    assertThat(accepted(verifier.verify(signed(A, of("https://a")), NOW)).tenant())
        .isEqualTo("acme");
    refused(
        verifier.verify(signed(A, of("https://a").claim("tenant", "globex")), NOW),
        Reason.WRONG_TENANT);
    refused(
        verifier.verify(
            signed(A, of("https://a").claim("tenants", List.of("acme", "globex"))), NOW),
        Reason.WRONG_TENANT);
  }

  @Test
  void anIssuerOfSomeTenantsSpeaksForThoseOnly() {
    TokenVerifier verifier =
        verifier("auth.issuers=[" + issuer("a", A, "tenants: [acme, globex]") + "]");
    for (String tenant : List.of("acme", "globex")) {
      String token = signed(A, of("https://a").claim("tenant", tenant));
      assertThat(accepted(verifier.verify(token, NOW)).tenants()).containsExactly(tenant);
    }
    refused(
        verifier.verify(signed(A, of("https://a").claim("tenant", "initech")), NOW),
        Reason.WRONG_TENANT);
    refused(verifier.verify(signed(A, of("https://a")), NOW), Reason.NO_TENANT);
    refused(
        verifier.verify(
            signed(
                A,
                of("https://a").claim("tenant", "acme").claim("tenants", List.of("*", "initech"))),
            NOW),
        Reason.WRONG_TENANT);
  }

  @ParameterizedTest
  @CsvSource({"'tenant: acme',acme", "'tenants: [acme, globex]','acme,globex'", "'','acme,*'"})
  void anyTenantIsAnyOfTheIssuers(String limit, String meant) {
    TokenVerifier verifier = verifier("auth.issuers=[" + issuer("a", A, limit) + "]");
    JWTClaimsSet.Builder claims = of("https://a").claim("tenant", "acme").claim("tenants", "*");
    assertThat(accepted(verifier.verify(signed(A, claims), NOW)).tenants())
        .isEqualTo(Set.of(meant.split(",", -1)));
  }

  // Grants.

  private static Identity granted(String grants, JWTClaimsSet.Builder claims) {
    TokenVerifier verifier = verifier("auth.grants=" + grants, KEYS);
    return accepted(verifier.verify(signed(OWN, claims.claim("tenant", "acme")), NOW));
  }

  @Test
  void rolesAndScopesAddToWhatTheTokenGrants() {
    String grants =
        "[{role: staff, topics: [thread/*], own: [thread/*]},"
            + " {scope: runs.write, publish: ['run/{user}/*']}]";
    JWTClaimsSet.Builder claims = of(null).claim("topics", List.of("news"));
    Identity plain = granted(grants, claims);
    assertThat(plain.subscribe()).isEqualTo(Grants.of(List.of("news")));
    assertThat(plain.publish().isNone()).isTrue();
    Identity staff = granted(grants, claims.claim("roles", "dev staff"));
    assertThat(staff.subscribe()).isEqualTo(Grants.of(List.of("news", "thread/*")));
    assertThat(staff.own()).isEqualTo(Grants.of(List.of("thread/*")));
    assertThat(staff.publish().isNone()).isTrue();
    Identity both = granted(grants, claims.claim("scope", "openid runs.write"));
    assertThat(both.publish()).isEqualTo(Grants.of(List.of("run/ann/*")));
  }

  @Test
  void aScopeIsNoRoleAndARoleNoScope() {
    String grants = "[{role: a, topics: ['*']}, {scope: b, publish: ['*']}]";
    Identity swapped = granted(grants, of(null).claim("roles", "b A a/").claim("scope", "a B"));
    assertThat(swapped.subscribe().isNone()).isTrue();
    assertThat(swapped.publish().isNone()).isTrue();
  }
}
