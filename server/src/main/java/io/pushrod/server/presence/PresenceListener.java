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

  /// How a listed user is there has changed.
  ///
  /// @param stateChanged whether it said something else of itself
  default void onPresent(TopicKey topic, PresentUser who, boolean stateChanged) {}

  /// A listed user is out of the list.
  default void onGone(TopicKey topic, String user) {}

  /// So many subscriptions count.
  ///
  /// @param isEmpty whether nobody is there, nor may come back
  default void onTotals(TopicKey topic, int connections, int anonymous, boolean isEmpty) {}
}
