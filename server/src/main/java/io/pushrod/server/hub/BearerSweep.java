package io.pushrod.server.hub;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.session.Bearer;
import io.pushrod.server.session.Identity;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Predicate;

/// One walk over the connections of a shard that closes those of certain identities, a thousand
/// connections a turn, so that sockets are read and written in between.
///
/// **Thread:** the shard; [#begin] any.
final class BearerSweep implements Runnable {
  private static final int CONNECTIONS_PER_TURN = 1_000;

  private final Shard shard;
  private final Predicate<Identity> whose;
  private final CloseReason reason;
  private final CompletableFuture<Integer> done = new CompletableFuture<>();
  private List<Deadline> all = List.of();
  private boolean begun;
  private int next;
  private int closed;

  private BearerSweep(Shard shard, Predicate<Identity> whose, CloseReason reason) {
    this.shard = shard;
    this.whose = whose;
    this.reason = reason;
  }

  /// @return how many were closed; of a shard that has ended, none
  static CompletableFuture<Integer> begin(
      Shard shard, Predicate<Identity> whose, CloseReason reason) {
    BearerSweep sweep = new BearerSweep(shard, whose, reason);
    sweep.proceed();
    return sweep.done;
  }

  private void proceed() {
    try {
      shard.loop().execute(this);
    } catch (RejectedExecutionException e) {
      done.complete(closed);
    }
  }

  @Override
  public void run() {
    try {
      if (!begun) {
        begun = true;
        all = shard.wheel().all();
      }
      int end = Math.min(all.size(), next + CONNECTIONS_PER_TURN);
      while (next < end) {
        look(all.get(next++));
      }
    } catch (RuntimeException e) {
      done.completeExceptionally(e);
      return;
    }
    if (next < all.size()) {
      proceed();
    } else {
      done.complete(closed);
    }
  }

  private void look(Deadline deadline) {
    if (deadline instanceof Bearer bearer && !bearer.isClosing() && bearer.isBy(whose)) {
      bearer.close(reason);
      closed++;
    }
  }
}
