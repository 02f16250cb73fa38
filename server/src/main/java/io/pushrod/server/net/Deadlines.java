package io.pushrod.server.net;

/// The clock of one event loop and the deadlines that it watches.
///
/// Late by up to the holder's tick, never early. Callers move deadlines rarely: they remember the
/// real moment, let an early call come, and schedule again from there.
///
/// **Thread:** the event loop that it belongs to.
public interface Deadlines {
  /// Now, on the clock of [System#nanoTime()] or a stand-in for it: only differences mean
  /// something.
  long nanoTime();

  /// Whether the server drains: an answer given from now on is the last on its connection.
  default boolean isDraining() {
    return false;
  }

  /// Calls [Deadline#onDeadline] once `dueNanos` has passed. A node already scheduled moves.
  void schedule(Deadline deadline, long dueNanos);

  /// Forgets a node; does nothing if it is not scheduled.
  void cancel(Deadline deadline);
}
