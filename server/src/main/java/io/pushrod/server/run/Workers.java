package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Producer;
import io.pushrod.server.metrics.Counter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/// The workers at a desk: what they take, and the leases they hold.
///
/// A lease outlives its worker's connection, so that a worker which comes back in time goes on.
///
/// **Thread:** the desk's shard.
final class Workers {
  private final Shard shard;
  private final RunSettings settings;
  private final Runnable changed;
  private final List<Consumption> consumptions = new ArrayList<>();
  private final Map<Long, Lease> leases = new HashMap<>();
  private long offers;

  /// @param changed is told when a worker may have room, or something may wait again
  Workers(Shard shard, RunSettings settings, Runnable changed) {
    this.shard = shard;
    this.settings = settings;
    this.changed = changed;
  }

  // What workers say.

  void consume(Seat seat, String pattern, int credit) {
    if (seat.closed) {
      return;
    }
    Consumption consumption = consumption(seat, pattern);
    consumption.credit = credit;
    changed.run();
  }

  private Consumption consumption(Seat seat, String pattern) {
    Consumption known = seat.consumptions.get(pattern);
    if (known == null) {
      known = new Consumption(seat, pattern);
      seat.consumptions.put(pattern, known);
      consumptions.add(known);
    }
    return known;
  }

  void accept(Seat seat, long number) {
    Lease lease = lease(seat, number);
    if (lease != null) {
      var _ = bind(seat, lease);
      lease.work().onAccepted(number);
      changed.run();
    }
  }

  void refuse(Seat seat, long number, boolean elsewhere, String message) {
    Lease lease = lease(seat, number);
    if (lease != null) {
      var _ = bind(seat, lease);
      lease.work().onRefused(number, elsewhere, message);
      changed.run();
    }
  }

  void settle(Seat seat, long number, Outcome outcome, String payload) {
    Lease lease = lease(seat, number);
    if (lease != null) {
      var _ = bind(seat, lease);
      lease.work().onSettled(number, outcome, payload);
      changed.run();
    }
  }

  /// A worker that has come back brings its leases along.
  void renew(Seat seat, List<Long> numbers) {
    for (long number : numbers) {
      Lease lease = lease(seat, number);
      if (lease != null) {
        boolean back = bind(seat, lease);
        lease.work().onRenewed(number, back);
      }
    }
    changed.run();
  }

  /// @return whether that changed its connection
  private boolean bind(Seat seat, Lease lease) {
    Consumption by = lease.work().by;
    if (by != null && by.seat == seat) {
      return false;
    }
    if (by != null) {
      by.held--;
      by.seat.leases.remove(lease.number());
    }
    Consumption now = consumption(seat, lease.pattern());
    now.held++;
    seat.leases.add(lease.number());
    lease.work().by = now;
    return true;
  }

  /// The lease, if it is this worker's; else the worker hears that it is not.
  private @Nullable Lease lease(Seat seat, long number) {
    Lease lease = leases.get(number);
    if (lease != null && lease.producer().equals(seat.producer) && !seat.closed) {
      return lease;
    }
    shard.metrics().count(Counter.LEASES_FENCED);
    seat.link.release(number, ErrorCode.FENCED, "lease: over (expected: one that you hold)");
    return null;
  }

  void close(Seat seat) {
    seat.closed = true;
    consumptions.removeAll(seat.consumptions.values());
    for (long number : List.copyOf(seat.leases)) {
      Lease lease = leases.get(number);
      if (lease != null && lease.work().by != null && lease.work().by.seat == seat) {
        lease.work().by = null;
        lease.work().onWorkerGone(number);
      }
    }
    changed.run();
  }

  // What work asks for.

  /// A worker had it before the desk was restored, and is away.
  void restore(long number, Work work, Producer producer, String pattern) {
    leases.put(number, new Lease(number, work, producer, pattern));
  }

  @Nullable Lease lease(long number) {
    return leases.get(number);
  }

  /// Who holds a lease; null when it is over.
  @Nullable Producer holder(long number) {
    Lease lease = leases.get(number);
    return lease == null ? null : lease.producer();
  }

  void grant(Work work, long number) {
    if (work.by != null) {
      work.by.seat.link.grant(number);
    }
  }

  /// A worker that is away hears of it when it comes back.
  void passCancel(Work work, long number, CancelOrder order) {
    if (work.by != null) {
      work.by.seat.link.cancel(number, order.forWire());
    }
  }

  /// Ends a lease; its worker hears of it if it is there.
  void release(Work work, long number, @Nullable ErrorCode code, String message) {
    if (leases.remove(number) == null) {
      return;
    }
    Consumption by = work.by;
    work.by = null;
    if (by != null) {
      by.held--;
      by.seat.leases.remove(number);
      by.seat.link.release(number, code, message);
      shard.loop().execute(changed); // there is room again, long after it was settled
    }
  }

  // Who gets work.

  /// Whether a worker is there that takes the inbox, busy or not.
  boolean cover(String inbox) {
    for (Consumption each : consumptions) {
      if (each.covers(inbox)) {
        return true;
      }
    }
    return false;
  }

  /// The worker that holds least; of several the one that has waited longest.
  @Nullable Consumption taker(String inbox) {
    Consumption best = null;
    for (Consumption each : consumptions) {
      if (each.takes(inbox)
          && (best == null
              || each.held < best.held
              || (each.held == best.held && each.lastOffer < best.lastOffer))) {
        best = each;
      }
    }
    return best;
  }

  /// Gives a request to that worker, which may take it or not.
  void offer(Work work, Consumption taker) {
    long number = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    leases.put(number, new Lease(number, work, taker.seat.producer, taker.pattern));
    taker.held++;
    taker.lastOffer = ++offers;
    taker.seat.leases.add(number);
    work.by = taker;
    shard.metrics().count(Counter.WORK_OFFERED);
    work.onOffered(number);
    taker.seat.link.offer(new Offer(number, work.attempt(), settings.leaseMillis(), work.request));
  }

  /// The desk is taken down: all that is under a lease is abandoned.
  void abandon() {
    leases.values().forEach(lease -> lease.work().abandon());
    leases.clear();
    consumptions.clear();
  }
}
