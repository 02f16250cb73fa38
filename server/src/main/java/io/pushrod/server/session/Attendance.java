package io.pushrod.server.session;

/// One subscription that counts among those who are on its topic.
///
/// **Thread:** made on the connection's shard; from then on the shard that owns the topic's log has
/// it to itself.
public final class Attendance {
  private final String user;
  private boolean listed;

  /// @param user empty for none
  public Attendance(String user) {
    this.user = user;
  }

  public String user() {
    return user;
  }

  public boolean isAnonymous() {
    return user.isEmpty();
  }

  /// Whether it is counted under its user's name.
  public boolean isListed() {
    return listed;
  }

  /// It was counted under its user's name.
  public void list() {
    listed = true;
  }
}
