package io.pushrod.server.config;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// Who may come in, and what they may do.
///
/// @param issuer what `iss` must be, or null for anything
/// @param audience what `aud` must hold, or null for anything
/// @param issuers those whose tokens have an `iss` of their own, besides the one of `keys`
/// @param grants what roles and scopes add to the grants of a token
/// @param defaultTopics subscribe grants of tokens that name none
/// @param defaultPublish publish grants of tokens that name none
/// @param ownedTopics patterns of topics that exist only for the readers a service has declared
/// @param expiryWarningMillis how long before its token expires a connection is warned; 0 for never
/// @param revocationTimeMillis how long a revocation is remembered that does not say
/// @param revocationEntries the most that are remembered
public record AuthConfig(
    List<AuthKey> keys,
    @Nullable String issuer,
    @Nullable String audience,
    List<AuthIssuer> issuers,
    Jwks jwks,
    long clockSkewMillis,
    Carriers carriers,
    Claims claims,
    List<AuthGrant> grants,
    List<String> defaultTopics,
    List<String> defaultPublish,
    List<String> ownedTopics,
    long expiryWarningMillis,
    long revocationTimeMillis,
    int revocationEntries,
    int tokenCacheEntries) {

  static AuthConfig read(Settings settings) {
    return new AuthConfig(
        settings.sections("auth.keys").stream().map(AuthKey::read).toList(),
        settings.optionalText("auth.issuer"),
        settings.optionalText("auth.audience"),
        settings.sections("auth.issuers").stream().map(AuthIssuer::read).toList(),
        Jwks.read(settings),
        settings.millis("auth.clock_skew", "30s", "0s", "10m"),
        Carriers.read(settings),
        Claims.read(settings),
        settings.sections("auth.grants").stream().map(AuthGrant::read).toList(),
        settings.texts("auth.default_topics", List.of()),
        settings.texts("auth.default_publish", List.of()),
        settings.texts("auth.owned_topics", List.of()),
        settings.millis("auth.expiry_warning", "1m", "0s", "1d"),
        settings.millis("auth.revocation_time", "24h", "1m", "3650d"),
        settings.integer("auth.revocation_entries", "10000", 1, 1_000_000),
        settings.integer("auth.token_cache_entries", "10000", 0, 10_000_000));
  }

  /// How key sets are fetched from their URLs.
  ///
  /// @param refreshMillis from one fetch to the next while nothing else asks for one
  /// @param minIntervalMillis from one fetch to the next at least, whatever asks for it
  /// @param timeoutMillis of one fetch, to its last byte
  /// @param bytes that one key set may have
  public record Jwks(long refreshMillis, long minIntervalMillis, long timeoutMillis, int bytes) {
    static Jwks read(Settings settings) {
      return new Jwks(
          settings.millis("auth.jwks.refresh", "10m", "1s", "7d"),
          settings.millis("auth.jwks.min_interval", "30s", "100ms", "1h"),
          settings.millis("auth.jwks.timeout", "5s", "100ms", "1m"),
          settings.bytes("auth.jwks.bytes", "256KiB", "1KiB", "16MiB"));
    }
  }

  /// What carries a token in a request; null for a carrier that is switched off.
  ///
  /// @param header other than `Authorization` it may hold the bare token
  public record Carriers(@Nullable String header, @Nullable String query, @Nullable String cookie) {
    static Carriers read(Settings settings) {
      return new Carriers(
          name(settings, "auth.carriers.header", "Authorization"),
          name(settings, "auth.carriers.query", "token"),
          name(settings, "auth.carriers.cookie", "pushrod_token"));
    }

    /// A token by RFC 9110 section 5.6.2, as names of headers and cookies are.
    private static @Nullable String name(Settings settings, String key, String byDefault) {
      String name = settings.nullableText(key, byDefault);
      settings.check(
          name == null || name.matches("[A-Za-z0-9!#$%&'*+.^_`|~-]+"), key, "a name, or null");
      return name;
    }
  }

  /// What the claims of a token are called.
  public record Claims(
      String tenant,
      String roles,
      String scopes,
      String topics,
      String publish,
      String own,
      String tenants) {
    static Claims read(Settings settings) {
      return new Claims(
          settings.text("auth.claims.tenant", "tenant"),
          settings.text("auth.claims.roles", "roles"),
          settings.text("auth.claims.scopes", "scope"),
          settings.text("auth.claims.topics", "topics"),
          settings.text("auth.claims.publish", "publish"),
          settings.text("auth.claims.own", "own"),
          settings.text("auth.claims.tenants", "tenants"));
    }
  }
}
