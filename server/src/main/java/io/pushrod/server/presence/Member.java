package io.pushrod.server.presence;

import io.pushrod.codec.command.PresentUser;
import org.jspecify.annotations.Nullable;

/// A user in the list of one topic.
final class Member {
  final TopicPresence topic;
  final String user;
  final long sinceMillis;
  int connections;
  @Nullable String state;

  /// When it has left unless it comes back; of use while it has no connections.
  long leavesNanos;

  Member(TopicPresence topic, String user, long sinceMillis) {
    this.topic = topic;
    this.user = user;
    this.sinceMillis = sinceMillis;
  }

  /// What its state takes at most.
  long stateBytes() {
    return state == null ? 0 : 2L * state.length();
  }

  PresentUser shown() {
    return new PresentUser(user, connections, sinceMillis, state);
  }
}
