package io.pushrod.server.run;

import io.pushrod.server.session.Grants;
import java.util.List;

/// What one worker takes by one pattern.
///
/// **Thread:** the desk's shard.
final class Consumption {
  final Seat seat;
  final String pattern;
  private final Grants inboxes;

  /// How many requests it may hold.
  int credit;

  /// How many it holds.
  int held;

  /// Rises with each offer of the desk, so that the one who has waited longest is found.
  long lastOffer;

  Consumption(Seat seat, String pattern) {
    this.seat = seat;
    this.pattern = pattern;
    this.inboxes = Grants.of(List.of(pattern));
  }

  boolean takes(String inbox) {
    return held < credit && covers(inbox);
  }

  /// Whether it takes that inbox at all.
  boolean covers(String inbox) {
    return inboxes.allows(inbox);
  }
}
