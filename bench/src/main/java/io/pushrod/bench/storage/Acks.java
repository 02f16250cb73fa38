package io.pushrod.bench.storage;

/// Hears what becomes of the events of one [Pipe]. **Thread:** one, the pipe's own.
public interface Acks {
  /// @param ticket that the event was sent with
  void onAck(long ticket);

  /// The pipe is of no use any more: an event was refused, or the connection broke.
  void onFailure(String why);
}
