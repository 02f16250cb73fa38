package io.pushrod.server.session;

import io.pushrod.codec.CloseReason;
import java.util.function.Predicate;

/// An open connection that lives on somebody's credential.
///
/// **Thread:** the connection's shard.
public interface Bearer {
  /// Whether it acts on such an identity; never before it has one.
  boolean isBy(Predicate<Identity> whose);

  /// Whether its end has begun.
  boolean isClosing();

  /// Says goodbye and closes.
  void close(CloseReason reason);
}
