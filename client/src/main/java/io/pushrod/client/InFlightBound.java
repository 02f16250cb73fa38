package io.pushrod.client;

import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/// The room for what a publisher has accepted and not settled, in bytes and events.
///
/// **Thread:** any; all fields are guarded by the lock, which is never held while waiting or while
/// calling out.
final class InFlightBound {
  enum Outcome {
    ACCEPTED,
    FULL,
    CLOSED
  }

  private final int maxBytes;
  private final int maxEvents;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition room = lock.newCondition();

  private long bytes;
  private int events;
  private boolean refusing;
  private boolean closed;

  InFlightBound(int maxBytes, int maxEvents) {
    this.maxBytes = maxBytes;
    this.maxEvents = maxEvents;
  }

  /// Takes room for one event, if there is any.
  Outcome offer(int eventBytes) {
    lock.lock();
    try {
      return take(eventBytes);
    } finally {
      lock.unlock();
    }
  }

  /// Waits for room for one event of at most `maxBytes`.
  ///
  /// @return `ACCEPTED` or `CLOSED`; `FULL` while [#refuse] says so
  Outcome await(int eventBytes) throws InterruptedException {
    lock.lockInterruptibly();
    try {
      Outcome outcome = take(eventBytes);
      while (outcome == Outcome.FULL && !refusing) {
        room.await();
        outcome = take(eventBytes);
      }
      return outcome;
    } finally {
      lock.unlock();
    }
  }

  void release(long releasedBytes, int releasedEvents) {
    lock.lock();
    try {
      bytes -= releasedBytes;
      events -= releasedEvents;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Whether nobody is to wait for room, as none may come for long; who waits is told so.
  void refuse(boolean now) {
    lock.lock();
    try {
      refusing = now;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /// Lets nothing in any more; who waits is told so.
  void close() {
    lock.lock();
    try {
      closed = true;
      room.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private Outcome take(int eventBytes) {
    if (closed) {
      return Outcome.CLOSED;
    }
    if (events >= maxEvents || bytes + eventBytes > maxBytes) {
      return Outcome.FULL;
    }
    bytes += eventBytes;
    events++;
    return Outcome.ACCEPTED;
  }
}
