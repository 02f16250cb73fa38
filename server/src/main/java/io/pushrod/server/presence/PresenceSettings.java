package io.pushrod.server.presence;

import io.pushrod.server.session.Grants;

/// The bounds of presence; each is a configuration key.
///
/// @param topics whose readers count, whatever surface they came by
/// @param membersPerTopic users of a topic that are known by name
/// @param leaveDelayNanos a user who is back within it never left
/// @param stateBytes the longest state of a user
/// @param pageMembers the most users of one answer
public record PresenceSettings(
    Grants topics, int membersPerTopic, long leaveDelayNanos, int stateBytes, int pageMembers) {
  /// Nobody counts unless its surface says so.
  public static final PresenceSettings NONE =
      new PresenceSettings(Grants.NONE, 1_000, 5_000_000_000L, 1_024, 100);
}
