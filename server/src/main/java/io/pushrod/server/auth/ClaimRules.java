package io.pushrod.server.auth;

import io.pushrod.server.auth.RoleGrants.RoleGrant;
import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.AuthConfig;
import io.pushrod.server.config.AuthConfig.Claims;
import io.pushrod.server.config.AuthIssuer;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// What the claims of a token with a good signature must hold, and the identity they make.
///
/// A claim of the wrong type makes the token malformed: who reads half of a grant guesses.
record ClaimRules(
    Claims names,
    @Nullable String issuer,
    @Nullable String audience,
    long skewMillis,
    TenantRule tenantRule,
    List<GrantPattern> defaultTopics,
    List<GrantPattern> defaultPublish,
    RoleGrants roleGrants) {

  private static final Pattern SEPARATOR = Pattern.compile("[ ,]+");
  private static final int MAX_USER_LENGTH = 255;

  /// Seconds beyond this would overflow as milliseconds; it is far behind any real time.
  private static final double MAX_SECONDS = 1e14;

  /// For the tokens that `auth.keys` verify.
  static ClaimRules of(AuthConfig auth) {
    return of(auth, auth.issuer(), auth.audience(), TenantRule.ANY);
  }

  static ClaimRules of(AuthConfig auth, AuthIssuer entry) {
    return of(auth, entry.issuer(), entry.audience(), TenantRule.of(entry));
  }

  private static ClaimRules of(
      AuthConfig auth, @Nullable String issuer, @Nullable String audience, TenantRule tenantRule) {
    return new ClaimRules(
        auth.claims(),
        issuer,
        audience,
        auth.clockSkewMillis(),
        tenantRule,
        RoleGrants.patterns("auth.default_topics", auth.defaultTopics()),
        RoleGrants.patterns("auth.default_publish", auth.defaultPublish()),
        RoleGrants.of(auth.grants()));
  }

  /// @throws IllegalArgumentException for a claim of the wrong type
  Verdict judge(Map<String, Object> claims, long nowMillis) {
    long expires = millis(claims, "exp", Long.MAX_VALUE);
    long expiresWithSkew = expires > Long.MAX_VALUE - skewMillis ? expires : expires + skewMillis;
    if (nowMillis >= expiresWithSkew) {
      return new Refused(Reason.EXPIRED);
    }
    if (nowMillis < Math.max(millis(claims, "nbf", 0), millis(claims, "iat", 0)) - skewMillis) {
      return new Refused(Reason.NOT_YET_VALID);
    }
    if (issuer != null && !issuer.equals(claims.get("iss"))) {
      return new Refused(Reason.WRONG_ISSUER);
    }
    if (audience != null && !texts(claims, "aud", false).contains(audience)) {
      return new Refused(Reason.WRONG_AUDIENCE);
    }
    Set<String> tenants = new LinkedHashSet<>(texts(claims, names.tenants(), true));
    String tenant = text(claims, names.tenant(), firstTenant(tenants));
    if (tenant.isEmpty()) {
      return new Refused(Reason.NO_TENANT);
    }
    require(Identity.isTenant(tenant));
    require(tenants.stream().allMatch(t -> t.equals(Identity.ANY_TENANT) || Identity.isTenant(t)));
    if (tenants.remove(Identity.ANY_TENANT)) {
      tenants.addAll(tenantRule.meantByAny());
    }
    tenants.add(tenant);
    if (!tenants.stream().allMatch(tenantRule::allows)) {
      return new Refused(Reason.WRONG_TENANT);
    }
    return new Accepted(identity(claims, tenant, tenants, expiresWithSkew));
  }

  private Identity identity(
      Map<String, Object> claims, String tenant, Set<String> tenants, long expiresMillis) {
    String user = text(claims, "sub", "");
    require(user.length() <= MAX_USER_LENGTH);
    Set<String> roles = Set.copyOf(texts(claims, names.roles(), true));
    Set<String> scopes = Set.copyOf(texts(claims, names.scopes(), true));
    return new Identity(
        tenant,
        user,
        roles,
        grants(
            patterns(claims, names.topics(), defaultTopics),
            roleGrants.of(roles, scopes, RoleGrant::topics),
            user,
            tenant),
        grants(
            patterns(claims, names.publish(), defaultPublish),
            roleGrants.of(roles, scopes, RoleGrant::publish),
            user,
            tenant),
        grants(
            patterns(claims, names.own(), List.of()),
            roleGrants.of(roles, scopes, RoleGrant::own),
            user,
            tenant),
        tenants,
        millis(claims, "iat", 0),
        expiresMillis,
        text(claims, "jti", ""));
  }

  /// A service token may name its tenants only; it then acts for the first unless it says
  /// otherwise.
  private String firstTenant(Set<String> tenants) {
    String fixed = tenantRule.fixed();
    return fixed != null
        ? fixed
        : tenants.stream().filter(Identity::isTenant).findFirst().orElse("");
  }

  private static List<GrantPattern> patterns(
      Map<String, Object> claims, String name, List<GrantPattern> byDefault) {
    return claims.get(name) == null
        ? byDefault
        : texts(claims, name, true).stream().map(GrantPattern::new).toList();
  }

  private static Grants grants(
      List<GrantPattern> own, List<GrantPattern> ofRoles, String user, String tenant) {
    Set<String> patterns = new LinkedHashSet<>();
    for (GrantPattern each : own) {
      add(patterns, each.expand(user, tenant));
    }
    for (GrantPattern each : ofRoles) {
      add(patterns, each.expand(user, tenant));
    }
    return patterns.contains("*") ? Grants.ALL : Grants.of(patterns);
  }

  private static void add(Set<String> patterns, @Nullable String pattern) {
    if (pattern != null) {
      patterns.add(pattern);
    }
  }

  private static String text(Map<String, Object> claims, String name, String byDefault) {
    Object value = claims.get(name);
    if (value == null) {
      return byDefault;
    }
    require(value instanceof String);
    return (String) value;
  }

  /// An array of texts, or one text, which is `split` at spaces and commas, as scopes are.
  private static List<String> texts(Map<String, Object> claims, String name, boolean split) {
    Object value = claims.get(name);
    if (value == null) {
      return List.of();
    }
    if (value instanceof String text) {
      return split
          ? SEPARATOR.splitAsStream(text).filter(part -> !part.isEmpty()).toList()
          : List.of(text);
    }
    require(value instanceof List);
    List<String> texts = new ArrayList<>();
    for (Object item : (List<?>) value) {
      require(item instanceof String);
      texts.add((String) item);
    }
    return texts;
  }

  /// A time in seconds, perhaps with a fraction (RFC 7519 section 2).
  private static long millis(Map<String, Object> claims, String name, long byDefault) {
    Object value = claims.get(name);
    if (value == null) {
      return byDefault;
    }
    require(value instanceof Number);
    double seconds = ((Number) value).doubleValue();
    require(seconds >= 0);
    return seconds > MAX_SECONDS ? Long.MAX_VALUE : (long) (seconds * 1_000);
  }

  private static void require(boolean holds) {
    if (!holds) {
      throw new IllegalArgumentException("claim of a wrong type");
    }
  }
}
