package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Producer;
import io.pushrod.server.run.DeskMessage.Accepted;
import io.pushrod.server.run.DeskMessage.CancelPassed;
import io.pushrod.server.run.DeskMessage.Consumed;
import io.pushrod.server.run.DeskMessage.Declined;
import io.pushrod.server.run.DeskMessage.DeskSaying;
import io.pushrod.server.run.DeskMessage.Granted;
import io.pushrod.server.run.DeskMessage.Offered;
import io.pushrod.server.run.DeskMessage.Released;
import io.pushrod.server.run.DeskMessage.Renewed;
import io.pushrod.server.run.DeskMessage.SeatClosed;
import io.pushrod.server.run.DeskMessage.SeatOpened;
import io.pushrod.server.run.DeskMessage.SeatSaying;
import io.pushrod.server.run.DeskMessage.Settled;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// A worker of this server at its tenant's desk, wherever that is: remembers what the worker has
/// said, and says it again to a desk that has not heard it.
///
/// **Thread:** any for what the worker says; else the clerk's.
final class TravellingSeat implements Desks.WorkerSeat {
  /// What the worker said last of a lease.
  private enum Stand {
    OFFERED,
    ACCEPTED,
    HELD
  }

  private static final class Held {
    Stand stand;

    /// A refusal or a settle, until the desk has released the lease.
    @Nullable SeatSaying last;

    Held(Stand stand) {
      this.stand = stand;
    }
  }

  private final DeskCluster cluster;
  private final String tenant;
  private final long number;
  private final Producer producer;
  private final WorkerLink link;
  private final AtomicInteger waiting = new AtomicInteger();
  private final Map<String, Integer> credits = new LinkedHashMap<>();
  private final Map<Long, Held> leases = new LinkedHashMap<>();

  /// Which server's desk knows it; null for none.
  private @Nullable String at;

  TravellingSeat(
      DeskCluster cluster, String tenant, long number, Producer producer, WorkerLink link) {
    this.cluster = cluster;
    this.tenant = tenant;
    this.number = number;
    this.producer = producer;
    this.link = link;
  }

  String tenant() {
    return tenant;
  }

  long number() {
    return number;
  }

  // The worker.

  private void tell(int weight, Runnable note, SeatSaying said) {
    waiting.addAndGet(weight);
    cluster.execute(
        () -> {
          note.run();
          String to = at;
          if (to == null) {
            cluster.look(tenant);
            heard(weight);
          } else {
            var _ = cluster.send(to, said, () -> heard(weight));
          }
        });
  }

  private void heard(int weight) {
    int left = waiting.addAndGet(-weight);
    if (left <= LocalSeat.FULL / 2 && left + weight > LocalSeat.FULL / 2) {
      link.onHeard();
    }
  }

  @Override
  public boolean isFull() {
    return waiting.get() >= LocalSeat.FULL;
  }

  @Override
  public void consume(String pattern, int credit) {
    tell(1, () -> credits.put(pattern, credit), new Consumed(tenant, number, pattern, credit));
  }

  @Override
  public void accept(long lease) {
    tell(1, () -> note(lease, Stand.ACCEPTED, null), new Accepted(tenant, number, lease));
  }

  @Override
  public void refuse(long lease, boolean elsewhere, String message) {
    Declined said = new Declined(tenant, number, lease, elsewhere, message);
    tell(
        1 + message.length() / LocalSeat.CHARACTERS, () -> note(lease, Stand.ACCEPTED, said), said);
  }

  @Override
  public void renew(List<Long> numbers) {
    List<Long> all = List.copyOf(numbers);
    tell(
        all.size(),
        () -> all.forEach(lease -> leases.computeIfAbsent(lease, _ -> new Held(Stand.HELD))),
        new Renewed(tenant, number, all));
  }

  @Override
  public void settle(long lease, Outcome outcome, String payload) {
    Settled said = new Settled(tenant, number, lease, outcome, payload);
    tell(1 + payload.length() / LocalSeat.CHARACTERS, () -> note(lease, Stand.HELD, said), said);
  }

  private void note(long lease, Stand stand, @Nullable SeatSaying last) {
    Held held = leases.computeIfAbsent(lease, _ -> new Held(stand));
    if (held.stand.compareTo(stand) < 0) {
      held.stand = stand;
    }
    if (last != null) {
      held.last = last;
    }
  }

  @Override
  public void close() {
    cluster.execute(
        () -> {
          cluster.leave(this);
          if (at != null) {
            say(at, new SeatClosed(tenant, number));
          }
          at = null;
        });
  }

  private void say(String node, SeatSaying said) {
    var _ = cluster.send(node, said, () -> {});
  }

  // The desk.

  void hear(String from, DeskSaying said) {
    if (!from.equals(at)) {
      return;
    }
    switch (said) {
      case Offered offered -> {
        leases.put(offered.offer().lease(), new Held(Stand.OFFERED));
        link.offer(offered.offer());
      }
      case Granted granted -> {
        Held held = leases.get(granted.lease());
        if (held != null) {
          held.stand = Stand.HELD;
        }
        link.grant(granted.lease());
      }
      case CancelPassed cancel -> link.cancel(cancel.lease(), cancel.order());
      case Released(long _, long lease, ErrorCode code, String message) -> {
        leases.remove(lease);
        link.release(lease, code, message);
      }
    }
  }

  /// The desk that knew it is gone, or has forgotten it.
  void detach() {
    at = null;
  }

  boolean isAt(String node) {
    return node.equals(at);
  }

  /// Takes its place at a desk and says all that a desk must know of it. Offers that the worker has
  /// not answered are none there any more.
  void attach(String node) {
    at = node;
    leases.values().removeIf(held -> held.stand == Stand.OFFERED);
    say(node, new SeatOpened(tenant, number, producer));
    leases.forEach(
        (lease, held) -> {
          if (held.stand == Stand.HELD) {
            say(node, new Renewed(tenant, number, List.of(lease)));
          } else if (held.stand == Stand.ACCEPTED && held.last == null) {
            say(node, new Accepted(tenant, number, lease));
          }
          if (held.last != null) {
            say(node, held.last);
          }
        });
    credits.forEach((pattern, credit) -> say(node, new Consumed(tenant, number, pattern, credit)));
  }
}
