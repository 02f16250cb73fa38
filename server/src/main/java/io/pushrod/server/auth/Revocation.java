package io.pushrod.server.auth;

import io.pushrod.server.session.Identity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/// A rule that ends credentials before their time: one by its id, or all of a tenant or of one of
/// its users that were issued up to some moment.
///
/// @param id `rev_` and 12 characters
/// @param tokenId the `jti` or API key that it ends; empty for a rule by tenant
/// @param tenant empty for a rule by token id
/// @param user empty for all users of the tenant
/// @param issuedBeforeMillis credentials issued then or earlier, or that do not say when; 0 for a
///   rule by token id
/// @param expiresAtMillis when it is forgotten
public record Revocation(
    String id,
    String tokenId,
    String tenant,
    String user,
    long issuedBeforeMillis,
    long expiresAtMillis) {
  private static final int ID_CHARACTERS = 12;
  private static final int MAX_LENGTH = 255;

  /// Milliseconds before this were meant as seconds: they are in March 1973.
  private static final long MIN_MILLIS = 100_000_000_000L;

  private static final long MAX_SECONDS = TimeUnit.DAYS.toSeconds(3650);
  private static final Set<String> REQUEST =
      Set.of("token_id", "tenant", "user", "issued_before", "expires_in");
  private static final Set<String> LINE =
      Set.of("id", "token_id", "tenant", "user", "issued_before", "expires_at");

  /// @throws IllegalArgumentException whose message says what is wrong
  public Revocation {
    require(
        tokenId.isEmpty() != tenant.isEmpty(),
        "token_id, tenant: both or neither (expected: one of them)");
    require(tokenId.length() <= MAX_LENGTH, "token_id: too long (expected: <= 255 characters)");
    require(tenant.isEmpty() || Identity.isTenant(tenant), "tenant: invalid (expected: a tenant)");
    require(
        user.isEmpty() || !tenant.isEmpty(), "user: without a tenant (expected: tenant and user)");
    require(user.length() <= MAX_LENGTH, "user: too long (expected: <= 255 characters)");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /// What the admin port was asked for.
  ///
  /// @param rememberMillis how long it holds when the request does not say
  /// @throws IllegalArgumentException whose message says what is wrong
  public static Revocation request(String json, long nowMillis, long rememberMillis) {
    JsonFields fields = JsonFields.parse(json, REQUEST);
    require(
        !fields.has("token_id") || !fields.has("issued_before"),
        "issued_before: with token_id (expected: with tenant)");
    require(
        !fields.has("user") || !fields.text("user").isEmpty(), "user: empty (expected: a user)");
    long before = fields.number("issued_before", nowMillis);
    require(
        before >= MIN_MILLIS, "issued_before: " + before + " (expected: milliseconds since 1970)");
    long seconds =
        fields.number("expires_in", Math.max(1, TimeUnit.MILLISECONDS.toSeconds(rememberMillis)));
    require(
        seconds > 0 && seconds <= MAX_SECONDS,
        "expires_in: " + seconds + " (expected: 1-" + MAX_SECONDS + " seconds)");
    return new Revocation(
        "rev_" + RandomText.of(ID_CHARACTERS),
        fields.text("token_id"),
        fields.text("tenant"),
        fields.text("user"),
        fields.has("token_id") ? 0 : before,
        nowMillis + TimeUnit.SECONDS.toMillis(seconds));
  }

  public boolean covers(Identity who) {
    if (!tokenId.isEmpty()) {
      return tokenId.equals(who.tokenId());
    }
    return tenant.equals(who.tenant())
        && (user.isEmpty() || user.equals(who.user()))
        && who.issuedAtMillis() <= issuedBeforeMillis;
  }

  /// Whether the other one refuses all that this one does, for as long.
  boolean isWithin(Revocation other) {
    return tokenId.equals(other.tokenId)
        && tenant.equals(other.tenant)
        && user.equals(other.user)
        && issuedBeforeMillis <= other.issuedBeforeMillis
        && expiresAtMillis <= other.expiresAtMillis;
  }

  static Revocation parse(String line) {
    JsonFields fields = JsonFields.parse(line, LINE);
    return new Revocation(
        fields.text("id"),
        fields.text("token_id"),
        fields.text("tenant"),
        fields.text("user"),
        fields.number("issued_before", 0),
        fields.number("expires_at", 0));
  }

  /// As JSON, with more members behind.
  public String json(Map<String, ?> more) {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("id", id);
    if (!tokenId.isEmpty()) {
      members.put("token_id", tokenId);
    } else {
      members.put("tenant", tenant);
      if (!user.isEmpty()) {
        members.put("user", user);
      }
      members.put("issued_before", issuedBeforeMillis);
    }
    members.put("expires_at", expiresAtMillis);
    members.putAll(more);
    return JsonFields.write(members);
  }

  String line() {
    return json(Map.of());
  }
}
