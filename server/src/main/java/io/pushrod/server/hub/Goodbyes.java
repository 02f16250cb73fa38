package io.pushrod.server.hub;

import io.netty.util.concurrent.Future;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.session.Connection;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The goodbyes of one shard's readers while the server drains: each is told to go once it has
/// everything, and not all of them at once.
///
/// Begins when nothing more is published. Readers that lag are served as always meanwhile; others
/// take their place in the window.
///
/// **Thread:** the shard, except [#isOver].
public final class Goodbyes {
  private static final long ROUND_MILLIS = 20;

  private final Shard shard;
  private final List<Connection> waiting = new ArrayList<>();

  /// Told, and their sockets still open.
  private final List<Connection> leaving = new ArrayList<>();

  private GoodbyePace pace = new GoodbyePace(0, 0, 0);
  private @Nullable Future<?> rounds;
  private int gone;
  private volatile boolean over;

  public Goodbyes(Shard shard) {
    this.shard = shard;
  }

  /// Begins the first round.
  public void begin(long windowNanos) {
    for (Deadline each : shard.wheel().all()) {
      if (each instanceof Connection connection) {
        (connection.isClosing() ? leaving : waiting).add(connection);
      }
    }
    // The wheel's order is that of the next heartbeats, which is that of coming.
    Collections.shuffle(waiting, ThreadLocalRandom.current());
    pace = new GoodbyePace(waiting.size(), shard.nowNanos(), windowNanos);
    rounds =
        shard
            .loop()
            .scheduleAtFixedRate(this::round, ROUND_MILLIS, ROUND_MILLIS, TimeUnit.MILLISECONDS);
    round();
  }

  /// Tells those that have everything, as many as are due.
  void round() {
    int due = pace.due(shard.nowNanos());
    for (Iterator<Connection> each = waiting.iterator(); each.hasNext(); ) {
      Connection connection = each.next();
      if (connection.isClosing()) {
        each.remove();
        leave(connection);
      } else if (gone < due && connection.isServed()) {
        each.remove();
        shard.metrics().count(Counter.DRAIN_TOLD);
        connection.close(CloseReason.SHUTDOWN);
        leave(connection);
      }
    }
    leaving.removeIf(connection -> !connection.channel().isOpen());
    if (waiting.isEmpty() && leaving.isEmpty()) {
      finish();
    }
  }

  private void leave(Connection connection) {
    gone++;
    leaving.add(connection);
  }

  private void finish() {
    over = true;
    if (rounds != null) {
      rounds.cancel(false);
    }
  }

  /// The time is over: whoever has not taken everything by now reads too slowly.
  public void endStragglers() {
    for (Connection connection : waiting) {
      if (!connection.isClosing()) {
        shard.metrics().count(Counter.DRAIN_CUT);
        connection.close(CloseReason.SLOW_CONSUMER);
      }
    }
    leaving.addAll(waiting);
    waiting.clear();
  }

  /// Whether no socket of a reader is left. **Thread:** any.
  public boolean isOver() {
    return over;
  }
}
