package io.pushrod.server.presence;

import io.pushrod.codec.command.PresentUser;
import io.pushrod.server.log.TopicKey;

/// Hears what becomes of the users in a [PresenceBook], at once and on its thread.
public interface PresenceListener {
  void onChange(TopicKey topic, PresenceChange change, PresentUser who);

  /// The states of all users take so much more memory, or less if negative.
  void onStateBytes(long more);

  /// A topic's list has no place for one more user, who is counted only.
  void onFull(TopicKey topic);
}
