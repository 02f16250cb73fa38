package io.pushrod.server.surface.kdcube;

import java.util.List;

/// Who a client is, beyond one connection.
///
/// **Thread:** any; immutable.
///
/// @param id random; whoever knows it may not read it without being the same user or fingerprint
/// @param tenant whose topics it reads
/// @param user empty for an anonymous session
/// @param fingerprint of the address and user agent that it began with
/// @param createdMillis since 1970
record UserSession(
    String id,
    String tenant,
    UserType type,
    String user,
    List<String> roles,
    String fingerprint,
    long createdMillis) {
  UserSession {
    roles = List.copyOf(roles);
  }

  boolean isAnonymous() {
    return type == UserType.ANONYMOUS;
  }

  /// Whose conversations it has: those of the user, or of the fingerprint.
  String owner() {
    return isAnonymous() ? "fingerprint " + fingerprint : "user " + user;
  }

  /// The topic of its events.
  String topic() {
    return topic(id);
  }

  static String topic(String sessionId) {
    return "session/" + sessionId;
  }

  /// The same session after its user got other roles.
  UserSession with(UserType other, List<String> otherRoles) {
    return new UserSession(id, tenant, other, user, otherRoles, fingerprint, createdMillis);
  }
}
