package io.pushrod.server.net;

import org.jspecify.annotations.Nullable;

/// One thing that a connection must have done by some moment: the node that a [Deadlines] holds, at
/// most once.
///
/// **Thread:** the event loop of its connection.
public abstract class Deadline {
  static final long NONE = Long.MAX_VALUE;

  @Nullable Deadline previous;
  @Nullable Deadline next;

  /// When it is due, in ticks of the wheel; [#NONE] while it is not scheduled.
  long tick = NONE;

  /// The moment has come. The node is no longer scheduled and may be scheduled anew from here.
  ///
  /// @param nowNanos the holder's clock, never before the moment asked for
  protected abstract void onDeadline(long nowNanos);

  /// The server begins to drain. The node stays scheduled.
  protected void onDrain() {}
}
