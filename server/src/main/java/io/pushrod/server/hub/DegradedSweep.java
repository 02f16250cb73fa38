package io.pushrod.server.hub;

import io.pushrod.server.net.Deadline;
import io.pushrod.server.session.Connection;
import java.util.List;

/// One walk over the connections of a shard that tells each whether events can be stored, a
/// thousand connections a turn.
///
/// **Thread:** the shard; [#begin] any.
final class DegradedSweep implements Runnable {
  private static final int CONNECTIONS_PER_TURN = 1_000;

  private final Shard shard;
  private final long sinceMillis;
  private List<Deadline> all = List.of();
  private boolean begun;
  private int next;

  private DegradedSweep(Shard shard, long sinceMillis) {
    this.shard = shard;
    this.sinceMillis = sinceMillis;
  }

  static void begin(Shard shard, long sinceMillis) {
    shard.execute(new DegradedSweep(shard, sinceMillis));
  }

  @Override
  public void run() {
    if (!begun) {
      begun = true;
      all = shard.wheel().all();
    }
    int end = Math.min(all.size(), next + CONNECTIONS_PER_TURN);
    while (next < end) {
      if (all.get(next++) instanceof Connection connection && !connection.isClosing()) {
        connection.onDegraded(sinceMillis);
      }
    }
    if (next < all.size()) {
      shard.execute(this);
    }
  }
}
