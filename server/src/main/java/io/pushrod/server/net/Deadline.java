package io.pushrod.server.net;

import org.jspecify.annotations.Nullable;

/// One thing that a connection must have done by some moment: the node that a [Deadlines] holds, at
/// most once.
///
/// **Thread:** the event loop of its connection.
public abstract class Deadline {
  /// What the holder needs to find this node again; null while it is not scheduled.
  @Nullable Object ticket;

  /// The moment has come. The node is no longer scheduled and may be scheduled anew from here.
  ///
  /// @param nowNanos the holder's clock, never before the moment asked for
  protected abstract void onDeadline(long nowNanos);
}
