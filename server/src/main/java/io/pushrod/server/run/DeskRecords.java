package io.pushrod.server.run;

import io.pushrod.server.net.Deadline;
import io.pushrod.server.run.RunStore.Shelf;
import java.util.concurrent.TimeUnit;

/// What one desk writes down.
///
/// **Thread:** the desk's shard.
final class DeskRecords {
  private static final String RUN = "r/";
  private static final String MESSAGE = "m/";
  private static final String STAMP = "desk";

  /// How often a desk at which something goes on writes down that it is there. What happened since
  /// does not count when another process goes on.
  private static final long STAMP_MILLIS = 5_000;

  private final Desk desk;
  private final RunStore store;
  private final Timer timer = new Timer();
  private boolean stamping;

  /// What is stored and has not ended.
  private int open;

  private long order;

  private final class Timer extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      stamping = false;
      if (open > 0) {
        if (desk.mayAct()) {
          stamp();
        }
        stampLater();
      }
    }
  }

  DeskRecords(Desk desk, RunStore store) {
    this.desk = desk;
    this.store = store;
  }

  /// Whether records outlive the process; without it nothing here needs to be called.
  boolean keeps() {
    return store.keeps();
  }

  /// What the next run or message has behind all others.
  long nextOrder() {
    return ++order;
  }

  /// Takes note of what was there before.
  void restored(RunRecord record) {
    switch (record) {
      case RunRecord.Stamp _ -> {}
      case RunRecord.OfMessage message -> opened(message.order());
      case RunRecord.OfRun run -> opened(run.order());
    }
  }

  private void opened(long of) {
    order = Math.max(order, of);
    open++;
    stampLater();
  }

  private void stampLater() {
    if (!stamping && keeps() && !desk.isClosed()) {
      stamping = true;
      desk.shard()
          .wheel()
          .schedule(
              timer, desk.shard().clock().nanos() + TimeUnit.MILLISECONDS.toNanos(STAMP_MILLIS));
    }
  }

  /// The desk is taken down.
  void abandon() {
    desk.shard().wheel().cancel(timer);
  }

  /// Does something once all that was put before is stored.
  void whenStored(Runnable task) {
    if (keeps()) {
      put(STAMP, new RunRecord.Stamp(desk.nowMillis()), task);
    } else {
      task.run();
    }
  }

  /// @param fresh whether it was not there before
  /// @param stored runs on the shard
  void put(RunRecord.OfRun run, boolean fresh, Runnable stored) {
    if (fresh) {
      opened(run.order());
    }
    put(RUN + run.view().id(), run, stored);
  }

  /// @param stored runs on the shard
  void put(RunRecord.OfMessage message, Runnable stored) {
    opened(message.order());
    put(MESSAGE + message.order(), message, stored);
  }

  private void put(String key, RunRecord record, Runnable stored) {
    store.put(
        desk.tenant(), Shelf.OPEN, key, RecordCodec.encode(record), () -> desk.onShard(stored));
  }

  /// The run goes on no longer, and can be asked for.
  void end(RunRecord.OfRun run) {
    String key = RUN + run.view().id();
    store.put(desk.tenant(), Shelf.ENDED, key, RecordCodec.encode(run), () -> {});
    store.remove(desk.tenant(), Shelf.OPEN, key);
    closed();
  }

  /// The message is over.
  void remove(long messageOrder) {
    if (!keeps()) {
      return;
    }
    store.remove(desk.tenant(), Shelf.OPEN, MESSAGE + messageOrder);
    closed();
  }

  private void closed() {
    open--;
    if (open == 0) {
      stamp();
    }
  }

  private void stamp() {
    put(STAMP, new RunRecord.Stamp(desk.nowMillis()), () -> {});
  }

  static String runKey(String id) {
    return RUN + id;
  }

  /// Nobody can ask for an ended run any more.
  void forget(String runId) {
    if (!keeps()) {
      return;
    }
    store.remove(desk.tenant(), Shelf.ENDED, RUN + runId);
  }
}
