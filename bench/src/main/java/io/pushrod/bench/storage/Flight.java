package io.pushrod.bench.storage;

import io.pushrod.bench.run.BenchException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.locks.LockSupport;
import org.HdrHistogram.Histogram;
import org.jspecify.annotations.Nullable;

/// The events of one publisher that are on their way, and how long they took.
///
/// **Thread:** [#launch] and the waiting by one, the publisher's; acknowledgements by another.
final class Flight implements Acks {
  private static final long PATIENCE_NANOS = Duration.ofSeconds(20).toNanos();
  private static final long LOOK_NANOS = 1_000_000;

  /// More than this on their way are too many to remember.
  private static final int MOST = 1 << 17;

  private static final long NOBODY_WAITS = Long.MAX_VALUE;

  private final String name;

  /// When each was meant to be sent, by the low bits of its ticket; 0 when it is acknowledged.
  private final AtomicLongArray intended = new AtomicLongArray(MOST);

  /// Written by the thread of the acknowledgements.
  private final Histogram nanos = new Histogram(3);

  private long launched;
  private volatile long acked;
  private volatile long wakeAt = NOBODY_WAITS;
  private volatile @Nullable Thread waiter;
  private volatile @Nullable String failure;

  /// @param name of the journal
  Flight(String name) {
    this.name = name;
  }

  /// @return the ticket of an event that is sent now
  long launch(long intendedNanos) {
    long ticket = launched++;
    if (!intended.compareAndSet(slot(ticket), 0, intendedNanos | 1)) {
      throw new BenchException(
          "%s: %,d events on their way (expected: fewer than %,d)"
              .formatted(name, launched - acked, MOST));
    }
    return ticket;
  }

  private static int slot(long ticket) {
    return (int) (ticket & (MOST - 1));
  }

  long launched() {
    return launched;
  }

  long acked() {
    return acked;
  }

  /// Latencies since the last time. **Thread:** the publisher's, with nothing on its way.
  Histogram takeNanos() {
    Histogram taken = nanos.copy();
    nanos.reset();
    return taken;
  }

  // Only one thread writes it.
  @SuppressWarnings("NonAtomicVolatileUpdate")
  @Override
  public void onAck(long ticket) {
    long at = intended.getAndSet(slot(ticket), 0);
    if (at == 0) {
      onFailure("event " + ticket + ": acknowledged twice (expected: once)");
      return;
    }
    nanos.recordValue(Math.max(0, System.nanoTime() - at));
    acked++;
    if (acked >= wakeAt) {
      LockSupport.unpark(waiter);
    }
  }

  @Override
  public void onFailure(String why) {
    failure = why;
    LockSupport.unpark(waiter);
  }

  /// Waits until no more than `most` are on their way.
  ///
  /// @throws BenchException when one was refused, or none comes back any more
  void await(long most) {
    long goal = launched - most;
    if (acked < goal) {
      waiter = Thread.currentThread();
      wakeAt = goal;
      long seen = acked;
      long deadline = System.nanoTime() + PATIENCE_NANOS;
      while (acked < goal && failure == null) {
        LockSupport.parkNanos(LOOK_NANOS);
        if (acked > seen) {
          seen = acked;
          deadline = System.nanoTime() + PATIENCE_NANOS;
        } else if (System.nanoTime() > deadline) {
          failure = "no answer";
        }
      }
      wakeAt = NOBODY_WAITS;
    }
    String why = failure;
    if (why != null) {
      throw new BenchException(
          "%s: publish: %s (expected: %,d acknowledged, were %,d)"
              .formatted(name, why, launched, acked));
    }
  }
}
