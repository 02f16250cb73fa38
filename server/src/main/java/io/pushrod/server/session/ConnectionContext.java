package io.pushrod.server.session;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.net.DeadlineWheel;

/// What a shard lends to its connections.
///
/// **Thread:** the shard.
public interface ConnectionContext {
  long nowNanos();

  DeadlineWheel wheel();

  int outboxEntries();

  long outboxBytes();

  long writeProgressNanos();

  void onPushback();

  /// @param entries whether there was no room for one more frame, else for its bytes
  void onOutboxFull(boolean entries);

  /// Counted once per connection.
  void onClose(Connection connection, CloseReason reason);
}
