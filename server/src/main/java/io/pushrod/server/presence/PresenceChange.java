package io.pushrod.server.presence;

import java.util.Locale;

/// What became of a user on a topic.
public enum PresenceChange {
  JOIN,
  LEAVE,
  /// Its state is another one.
  UPDATE;

  private final String type = "presence_" + name().toLowerCase(Locale.ROOT);

  /// The type of the event that tells of it.
  public String type() {
    return type;
  }
}
