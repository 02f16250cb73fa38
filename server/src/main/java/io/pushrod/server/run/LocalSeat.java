package io.pushrod.server.run;

import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/// A worker at a desk of this process.
///
/// **Thread:** any; in the order of its calls.
final class LocalSeat implements Desks.WorkerSeat {
  /// What may wait for the desk until the seat is full: one for each call and lease, and for each
  /// 64 characters of a payload; about 1 MiB.
  static final int FULL = 16 * 1024;

  static final int CHARACTERS = 64;

  private final Desk desk;
  private final Seat seat;
  private final AtomicInteger waiting = new AtomicInteger();

  LocalSeat(Desk desk, Seat seat) {
    this.desk = desk;
    this.seat = seat;
  }

  private void tell(int weight, Runnable task) {
    waiting.addAndGet(weight);
    desk.execute(
        () -> {
          try {
            task.run();
          } finally {
            int left = waiting.addAndGet(-weight);
            if (left <= FULL / 2 && left + weight > FULL / 2) {
              seat.link.onHeard();
            }
          }
        });
  }

  @Override
  public boolean isFull() {
    return waiting.get() >= FULL;
  }

  @Override
  public void consume(String pattern, int credit) {
    tell(1, () -> desk.workers().consume(seat, pattern, credit));
  }

  @Override
  public void accept(long lease) {
    tell(1, () -> desk.workers().accept(seat, lease));
  }

  @Override
  public void refuse(long lease, boolean elsewhere, String message) {
    tell(
        1 + message.length() / CHARACTERS,
        () -> desk.workers().refuse(seat, lease, elsewhere, message));
  }

  @Override
  public void renew(List<Long> leases) {
    tell(leases.size(), () -> desk.workers().renew(seat, leases));
  }

  @Override
  public void settle(long lease, Outcome outcome, String payload) {
    tell(
        1 + payload.length() / CHARACTERS,
        () -> desk.workers().settle(seat, lease, outcome, payload));
  }

  @Override
  public void close() {
    desk.execute(() -> desk.workers().close(seat));
  }
}
