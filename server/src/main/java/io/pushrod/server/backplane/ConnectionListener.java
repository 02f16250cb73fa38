package io.pushrod.server.backplane;

/// Hears how a [RedisLink] is.
///
/// **Thread:** the link's; must only hand over.
public interface ConnectionListener {
  /// Redis answers, for the first time or again: what was published meanwhile may have been missed.
  default void onUp() {}

  /// Redis does not answer any more.
  ///
  /// @param why as [RedisLink#obstacle] says it
  default void onDown(String why) {}

  /// Channels were subscribed anew after a connection broke or a slot moved; notifications between
  /// are lost.
  default void onResubscribed() {}
}
