package io.pushrod.server.net;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;

/// A clock that stands still until a test moves it, shared by all loops of a server under test.
///
/// **Thread:** any; what is due runs on the thread that moves the clock, so a test moves it on the
/// event loop.
public final class FakeDeadlines implements Deadlines {
  private record Ticket(Deadline deadline, long dueNanos) {}

  private final PriorityQueue<Ticket> tickets =
      new PriorityQueue<>(Comparator.comparingLong(Ticket::dueNanos));
  private long nowNanos = 1_000;

  @Override
  public synchronized long nanoTime() {
    return nowNanos;
  }

  @Override
  public synchronized void schedule(Deadline deadline, long dueNanos) {
    cancel(deadline);
    tickets.add(new Ticket(deadline, dueNanos));
  }

  @Override
  public synchronized void cancel(Deadline deadline) {
    tickets.removeIf(ticket -> ticket.deadline() == deadline);
  }

  /// How many nodes are held.
  public synchronized int size() {
    return tickets.size();
  }

  /// Moves the clock and calls what became due.
  public void advance(long nanos) {
    for (Ticket ticket : due(nanos)) {
      ticket.deadline().onDeadline(nanoTime());
    }
  }

  private synchronized List<Ticket> due(long nanos) {
    nowNanos += nanos;
    List<Ticket> due = new ArrayList<>();
    while (!tickets.isEmpty() && tickets.element().dueNanos() - nowNanos <= 0) {
      due.add(tickets.remove());
    }
    return due;
  }
}
