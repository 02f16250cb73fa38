package io.pushrod.server.net;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// All deadlines of a shard: heartbeats, idle times, expiries. Coarse on purpose: 100 ms a tick.
///
/// **Thread:** the owning shard. Time moves with [#advance].
/* A hashed wheel (Varghese and Lauck, 1987, scheme 6) whose lists run through the nodes themselves, so a deadline costs
 * no object and no timer task. A node further away than one turn stays in its slot until its turn comes. Each list is a
 * ring with a head that is never due, so a node leaves whatever list it is in without knowing which. */
public final class DeadlineWheel implements Deadlines {
  private static final long TICK_NANOS = 100_000_000L;
  private static final int SLOTS = 512;

  private static final class Head extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {}
  }

  private final Deadline[] heads = new Deadline[SLOTS];
  private final Deadline due = ring();
  private final long startNanos;
  private long nowNanos;
  private long tick;

  /// Written by the owner, read by any.
  private volatile boolean draining;

  public DeadlineWheel(long nowNanos) {
    this.startNanos = nowNanos;
    this.nowNanos = nowNanos;
    for (int i = 0; i < SLOTS; i++) {
      heads[i] = ring();
    }
  }

  /// The time of the last [#advance], at most a tick ago.
  @Override
  public long nanoTime() {
    return nowNanos;
  }

  @Override
  public void schedule(Deadline deadline, long dueNanos) {
    cancel(deadline);
    link(deadline, Math.max(tick + 1, ceilingTick(dueNanos)));
  }

  /// Moves the deadline only if the new one is earlier.
  public void scheduleEarlier(Deadline deadline, long dueNanos) {
    if (ceilingTick(dueNanos) < deadline.tick) {
      schedule(deadline, dueNanos);
    }
  }

  @Override
  public void cancel(Deadline deadline) {
    Deadline previous = deadline.previous;
    Deadline next = deadline.next;
    if (previous != null && next != null) {
      previous.next = next;
      next.previous = previous;
      deadline.previous = null;
      deadline.next = null;
      deadline.tick = Deadline.NONE;
    }
  }

  /// Runs every deadline up to `now`.
  public void advance(long now) {
    nowNanos = now;
    long until = (now - startNanos) / TICK_NANOS;
    while (tick < until) {
      tick++;
      takeSlot(heads[(int) (tick & (SLOTS - 1))]);
      for (Deadline node = due.next; node != null && node != due; node = due.next) {
        long at = node.tick;
        cancel(node);
        if (at > tick) {
          link(node, at);
        } else {
          node.onDeadline(now);
        }
      }
    }
  }

  /// Everything that has a deadline now, in no order: a copy, so that its callers may change the
  /// wheel while they walk it.
  public List<Deadline> all() {
    List<Deadline> all = new ArrayList<>();
    for (Deadline head : heads) {
      collect(head, all);
    }
    collect(due, all);
    return all;
  }

  private static void collect(Deadline head, List<Deadline> into) {
    for (Deadline node = head.next; node != null && node != head; node = node.next) {
      into.add(node);
    }
  }

  @Override
  public boolean isDraining() {
    return draining;
  }

  /// Tells everything that has a deadline that the server drains.
  ///
  /// @param failures hears of nodes that failed at it; the others are told all the same
  public void drain(Consumer<RuntimeException> failures) {
    draining = true;
    for (Deadline node : all()) {
      try {
        node.onDrain();
      } catch (RuntimeException e) {
        failures.accept(e);
      }
    }
  }

  /// Moves all nodes of a slot to the end of the due ring, so that callbacks may change any slot,
  /// and one that fails delays the rest only until the next tick.
  private void takeSlot(Deadline head) {
    Deadline first = head.next;
    Deadline last = head.previous;
    Deadline before = due.previous;
    if (first == null || last == null || before == null || first == head) {
      return;
    }
    before.next = first;
    first.previous = before;
    due.previous = last;
    last.next = due;
    head.next = head;
    head.previous = head;
  }

  private void link(Deadline node, long at) {
    Deadline head = heads[(int) (at & (SLOTS - 1))];
    Deadline first = head.next;
    node.tick = at;
    node.previous = head;
    node.next = first;
    head.next = node;
    if (first != null) {
      first.previous = node;
    }
  }

  private long ceilingTick(long dueNanos) {
    return Math.max(0, dueNanos - startNanos + TICK_NANOS - 1) / TICK_NANOS;
  }

  private static Deadline ring() {
    Deadline head = new Head();
    head.previous = head;
    head.next = head;
    return head;
  }
}
