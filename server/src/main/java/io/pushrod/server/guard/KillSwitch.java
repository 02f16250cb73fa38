package io.pushrod.server.guard;

import io.pushrod.server.auth.JsonFields;
import io.pushrod.server.session.Identity;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// One thing that is switched off.
///
/// **Thread:** any; immutable.
///
/// @param tenant in which it holds
/// @param id of the tenant itself, a user, an agent, a provider or an action
/// @param reason for those who meet it; empty for none
/// @param by the user who set it; empty when the credential named none
/// @param setAtMillis since 1970
public record KillSwitch(
    String tenant, Scope scope, String id, String reason, String by, long setAtMillis) {
  /// Characters of a reason.
  public static final int MAX_REASON_LENGTH = 1_000;

  static final int MAX_ID_LENGTH = 255;

  private static final Set<String> LINE = Set.of("tenant", "scope", "id", "reason", "by", "set_at");

  /// @throws IllegalArgumentException whose message says what is wrong
  public KillSwitch {
    require(Identity.isTenant(tenant), "tenant: invalid (expected: a tenant)");
    require(scope.allows(id), "id: invalid (expected: " + scope.rule() + ")");
    require(
        scope != Scope.TENANT || id.equals(tenant), "id: invalid (expected: " + scope.rule() + ")");
    require(
        isPlain(reason, MAX_REASON_LENGTH),
        "reason: invalid (expected: <= "
            + MAX_REASON_LENGTH
            + " characters, no control characters)");
  }

  private static void require(boolean holds, String message) {
    if (!holds) {
      throw new IllegalArgumentException(message);
    }
  }

  /// Whether a text is no longer than this and without control characters.
  public static boolean isPlain(String text, int maxLength) {
    return text.length() <= maxLength && text.chars().noneMatch(Character::isISOControl);
  }

  public boolean covers(Identity who) {
    return tenant.equals(who.tenant())
        && switch (scope) {
          case TENANT -> true;
          case USER -> id.equals(who.user());
          case AGENT, PROVIDER, ACTION -> false;
        };
  }

  /// What who meets it is told.
  public String refusal() {
    return scope.label()
        + ": switched off (expected: lifted by an owner"
        + (reason.isEmpty() ? "" : "; " + reason)
        + ")";
  }

  /// What no other one has.
  String key() {
    return key(tenant, scope, id);
  }

  static String key(String tenant, Scope scope, String id) {
    return tenant + '\n' + scope.label() + '\n' + id;
  }

  static KillSwitch parse(String line) {
    JsonFields fields = JsonFields.parse(line, LINE);
    Scope scope = Scope.of(fields.text("scope"));
    if (scope == null) {
      throw new IllegalArgumentException("scope: unknown (expected: one of this version)");
    }
    return new KillSwitch(
        fields.text("tenant"),
        scope,
        fields.text("id"),
        fields.text("reason"),
        fields.text("by"),
        fields.number("set_at", 0));
  }

  String line() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("tenant", tenant);
    members.put("scope", scope.label());
    members.put("id", id);
    members.put("reason", reason);
    members.put("by", by);
    members.put("set_at", setAtMillis);
    return JsonFields.write(members);
  }
}
