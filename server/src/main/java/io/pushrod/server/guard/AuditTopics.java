package io.pushrod.server.guard;

/// The topics `audit/…` of each tenant, in which the server alone writes: nobody forges an audit by
/// a grant for every topic.
public final class AuditTopics {
  /// Every set and lift of a kill switch.
  public static final String KILL_SWITCHES = "audit/kill-switches";

  private static final String PREFIX = "audit/";

  private AuditTopics() {}

  public static boolean include(String topic) {
    return topic.startsWith(PREFIX);
  }
}
