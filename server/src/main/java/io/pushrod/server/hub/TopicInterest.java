package io.pushrod.server.hub;

import io.pushrod.server.log.TopicKey;

/// Hears which topics have readers on this server: for what is to be fetched while it is read.
///
/// A topic's two calls take turns, beginning with [#onFirst]. A reader that comes back at once is
/// told like any other.
///
/// **Thread:** called by the shard that owns the topic; must be cheap and must not throw.
public interface TopicInterest {
  /// Nobody asks.
  TopicInterest NONE =
      new TopicInterest() {
        @Override
        public void onFirst(TopicKey topic) {}

        @Override
        public void onLast(TopicKey topic) {}
      };

  /// A topic got its first reader.
  void onFirst(TopicKey topic);

  /// A topic lost its last reader.
  void onLast(TopicKey topic);
}
