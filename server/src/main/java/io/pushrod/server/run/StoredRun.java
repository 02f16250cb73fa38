package io.pushrod.server.run;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// What is stored of a run, and what of it is there after a crash.
///
/// Where nothing outlives the process every run counts as stored, and nothing is written.
///
/// **Thread:** the desk's shard.
final class StoredRun {
  private final Desk desk;
  private final Request request;
  private final long order;
  private final @Nullable String key;
  private final long beganMillis;
  private final List<Runnable> whenKnown = new ArrayList<>(1);

  /// Whether it is there after a crash, as far as anything is.
  private boolean known;

  /// Whether its readers were told that it has begun, or are to be.
  private boolean begins;

  /// Of a run that begins now.
  ///
  /// @param key its idempotency key
  StoredRun(Desk desk, Request request, @Nullable String key) {
    this.desk = desk;
    this.request = request;
    this.order = desk.records().nextOrder();
    this.key = key;
    this.beganMillis = desk.nowMillis();
    this.known = !desk.records().keeps();
  }

  /// Of a run that was read.
  StoredRun(Desk desk, RunRecord.OfRun record) {
    this.desk = desk;
    this.request = record.request();
    this.order = record.order();
    this.key = record.key();
    this.beganMillis = record.beganMillis();
    this.known = true;
    this.begins = record.begins();
  }

  boolean isKept() {
    return desk.records().keeps();
  }

  @Nullable String key() {
    return key;
  }

  long beganMillis() {
    return beganMillis;
  }

  boolean begins() {
    return begins;
  }

  /// Does something once the run is there after a crash.
  void whenKnown(Runnable task) {
    if (known) {
      task.run();
    } else {
      whenKnown.add(task);
    }
  }

  /// What is to be stored before that is done; null for nothing. What a worker, or who asked, may
  /// hear of is stored before: that it is accepted, that it is to end, how it ended.
  RunAction.@Nullable Store before(List<RunAction> next, RunState from, RunState to) {
    begins |= next.stream().anyMatch(RunAction.Begin.class::isInstance);
    RunAction.End end = null;
    for (RunAction action : next) {
      if (action instanceof RunAction.End last) {
        end = last;
      }
    }
    if (end != null) {
      return new RunAction.Store(from, begins, end);
    }
    return to.stage() == RunState.Stage.RUNNING
            && (from.stage() != RunState.Stage.RUNNING || isCancelChanged(from, to))
        ? new RunAction.Store(to, begins, null)
        : null;
  }

  private static boolean isCancelChanged(RunState from, RunState to) {
    return from.cancelMillis() != to.cancelMillis() || !Objects.equals(from.cancel(), to.cancel());
  }

  /// @param stored runs on the shard, behind those that waited until the run is known; not once the
  ///   desk is taken down
  void put(RunAction.Store store, RunView view, Runnable stored) {
    desk.records().put(record(store, view, 0), !known, () -> onStored(stored));
  }

  private void onStored(Runnable then) {
    if (desk.isClosed()) {
      return;
    }
    known = true;
    whenKnown.forEach(Runnable::run);
    whenKnown.clear();
    then.run();
  }

  /// The end is written.
  void end(RunAction.End end, RunState state, RunView view) {
    if (isKept()) {
      desk.records().end(record(new RunAction.Store(state, begins, end), view, desk.nowMillis()));
    }
  }

  /// @param endedMillis 0 when its end is not written yet
  private RunRecord.OfRun record(RunAction.Store store, RunView view, long endedMillis) {
    RunState state = store.state();
    boolean runs = state.stage() == RunState.Stage.RUNNING;
    boolean waits = !runs && store.end() == null;
    Lease holding = desk.workers().lease(state.lease());
    return new RunRecord.OfRun(
        desk.nowMillis(),
        order,
        waits ? request : request.withoutPayload(),
        endedMillis == 0 && runs
            ? view.running(state.cancel() != null, desk.shard().clock().millis())
            : view,
        key,
        beganMillis,
        state,
        holding == null ? null : holding.producer(),
        holding == null ? "" : holding.pattern(),
        store.begins(),
        store.end(),
        endedMillis);
  }
}
