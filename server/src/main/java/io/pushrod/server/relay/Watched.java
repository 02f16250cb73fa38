package io.pushrod.server.relay;

import io.netty.util.concurrent.Future;
import io.pushrod.server.log.TopicKey;
import org.jspecify.annotations.Nullable;

/// A channel that feeds a topic which is read, or was until just now.
///
/// **Thread:** the relay's.
final class Watched {
  final TopicKey topic;
  final String channel;

  /// The key of its stream; null when it has none.
  final @Nullable String history;

  /// What joins the stream to the channel; null without a stream.
  final @Nullable RelayedRun run;

  /// Whether somebody reads the topic.
  boolean isRead;

  /// Lets go of the channel when nobody has come back; null while somebody reads.
  @Nullable Future<?> linger;

  /// Whether SUBSCRIBE was sent on the connection that stands.
  boolean sent;

  /// Whether Redis has said that it is subscribed.
  boolean subscribed;

  /// Whether it has not, though it was asked for before the last reconciliation.
  boolean isLate;

  /// The entry of the stream that was read last; null to read from the beginning.
  @Nullable String readTo;

  /// Whether the stream is being read, or is about to be.
  boolean reading;

  /// Whether it is to be read once more then.
  boolean again;

  Watched(TopicKey topic, String channel, @Nullable String history) {
    this.topic = topic;
    this.channel = channel;
    this.history = history;
    this.run = history == null ? null : new RelayedRun();
  }
}
