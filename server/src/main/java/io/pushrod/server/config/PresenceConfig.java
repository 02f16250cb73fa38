package io.pushrod.server.config;

import java.util.List;

/// Who counts as being on a topic, and how much is known of them.
///
/// @param topics whose readers count, as in grants
/// @param membersPerTopic users of a topic that are known by name
/// @param leaveDelayNanos a user who is back within it never left
/// @param stateBytes the longest state of a user
/// @param pageMembers the most users of one answer
public record PresenceConfig(
    List<String> topics,
    int membersPerTopic,
    long leaveDelayNanos,
    int stateBytes,
    int pageMembers) {

  static PresenceConfig read(Settings settings) {
    return new PresenceConfig(
        settings.texts("presence.topics", List.of()),
        settings.integer("presence.members_per_topic", "1000", 1, 1_000_000),
        settings.nanos("presence.leave_delay", "5s", "0s", "10m"),
        settings.bytes("presence.state_bytes", "1KiB", "16", "64KiB"),
        settings.integer("presence.page_members", "100", 1, 10_000));
  }
}
