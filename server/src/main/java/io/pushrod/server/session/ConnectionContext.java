package io.pushrod.server.session;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.net.DeadlineWheel;

/// What a shard lends to its connections.
///
/// **Thread:** the shard.
public interface ConnectionContext {
  long nowNanos();

  DeadlineWheel wheel();

  /// Writes to the sockets of this shard's connections.
  SocketWriter writer();

  /// Makes the writes of a batch, unless they are made already.
  ///
  /// @param batch its number
  void settle(int batch);

  /// Counts what connections hold.
  MemoryAccount memory();

  int outboxEntries();

  long outboxBytes();

  long writeProgressNanos();

  void onPushback();

  /// @param ofEntries whether it is the number of entries, not their bytes
  void onOutboxFull(boolean ofEntries);

  /// Counted once per connection.
  void onClose(Connection connection, CloseReason reason);
}
