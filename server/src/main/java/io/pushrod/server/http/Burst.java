package io.pushrod.server.http;

/// The requests that a connection has had handled since other connections of its loop had a turn:
/// one that pipelines many must let them have one.
///
/// **Thread:** the channel's event loop.
final class Burst {
  private final int limit;
  private int requests;
  private boolean yielded;

  Burst(int limit) {
    this.limit = limit;
  }

  void add() {
    requests++;
  }

  boolean isSpent() {
    return requests >= limit;
  }

  /// Others are to have a turn, if it is time.
  ///
  /// @return whether it was, so that [#onTurn] is to be called after theirs
  boolean yields() {
    if (!isSpent() || yielded) {
      return false;
    }
    yielded = true;
    return true;
  }

  /// The others had their turn.
  void onTurn() {
    yielded = false;
    requests = 0;
  }

  /// All that the socket had was read: the loop goes on to others anyway.
  void onReadComplete() {
    if (!yielded) {
      requests = 0;
    }
  }
}
