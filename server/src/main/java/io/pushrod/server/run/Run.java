package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.run.Agenda.Progress;
import io.pushrod.server.run.DeskMessage.NodeStep;
import io.pushrod.server.run.RunView.RunError;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/// One run: does what [RunMachine] says, in order, and each thing only when the event before it is
/// in the log.
///
/// **Thread:** the desk's shard, except where a method says otherwise.
final class Run extends Work {
  static final String TOPICS = "run/";
  private static final String AGENTS = "agent/";

  /// How long a run that nobody can come back to is remembered.
  private static final long DIRECT_RETENTION_MILLIS = 10_000;

  /// How soon an event is tried again for which an owner had no room.
  private static final long RETRY_MILLIS = 100;

  /// What an owner says of an event that its store did not take.
  private static final long NOT_STORED = Appended.failed(ErrorCode.UNAVAILABLE);

  /// What is said of a run that was accepted, and the store does not know by whom.
  private static final RunAction.End LOST =
      new RunAction.End(
          RunStatus.FAILED,
          null,
          new RunError(RunMachine.PRODUCER_LOST, "the server has lost who had it", true),
          null);

  /// Why a run ends that belonged to a connection of another process.
  private static final String LEFT = "the server that it was asked of is gone";

  private final RunTopics topics;
  private final StoredRun stored;
  private final Emissions emissions = new Emissions();
  private final Timer timer = new Timer();
  private final Agenda agenda;
  private final List<Consumer<RunView>> watchers = new ArrayList<>(1);
  private RunState state;
  private volatile RunView view;

  private final class Timer extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      onTime();
    }
  }

  Run(Desk desk, RunStart start) {
    super(desk, start.request());
    this.topics = new RunTopics(desk, request);
    this.agenda = new Agenda(desk, this::perform);
    this.stored = new StoredRun(desk, request, start.idempotencyKey());
    this.state = new RunMachine(desk.settings()).begin(stored.beganMillis());
    this.view = RunView.accepted(desk.tenant(), request.id(), start, desk.shard().clock().millis());
  }

  /// A run as it was written down; [#resume] lets it go on.
  Run(Desk desk, RunRecord.OfRun record) {
    super(desk, record.request());
    this.topics = new RunTopics(desk, request);
    this.agenda = new Agenda(desk, this::perform);
    this.stored = new StoredRun(desk, record);
    this.state = record.state();
    this.view = record.view();
    // Its worker may go on while its log is asked: what it had not begun, it does not publish to.
    emissions.hold(record.end() == null ? record.producer() : null);
  }

  static String inbox(String agent) {
    return AGENTS + agent;
  }

  String id() {
    return view.id();
  }

  String user() {
    return view.user();
  }

  @Nullable String key() {
    return stored.key();
  }

  TopicKey topic() {
    return topics.own();
  }

  /// **Thread:** any.
  RunView view() {
    return view;
  }

  boolean isOver() {
    return state.stage() == RunState.Stage.ENDED;
  }

  /// **Thread:** any.
  Emissions emissions() {
    return emissions;
  }

  // What happens to it.

  /// Begins to watch its time.
  void begin() {
    tellWatchers();
    declare();
    if (stored.isKept()) {
      agenda.addFirst(new RunAction.Store(state, false, null));
    }
    agenda.proceed();
    schedule();
  }

  /// Goes on after its record was read and its log was asked. Its log's word counts.
  void resume(RunRecord.OfRun record, LogWord log) {
    long now = desk.nowMillis();
    RunAction.End planned = record.end();
    emissions.emitted(now, NodeStep.NONE);
    if (log.sealed()) {
      over();
      onEnded(log.endOr(planned), log.lastSequence());
    } else if (planned != null) {
      end(planned, log);
    } else if (state.stage() == RunState.Stage.RUNNING) {
      state = state.restored(now);
      if (log.begun()) {
        emissions.hold(record.producer());
      } else {
        agenda.add(new RunAction.Begin());
        agenda.add(new RunAction.Grant(state.lease()));
      }
      declare();
    } else if (log.begun()) {
      end(LOST, log);
    } else {
      state = new RunMachine(desk.settings()).begin(now);
      desk.inboxes().add(this, false);
      declare();
    }
    agenda.proceed();
    schedule();
    if (view.direct() && !isOver() && !desk.isShared()) {
      apply(new RunEvent.CancelWanted(new CancelOrder(How.NOW, 0, user(), LEFT)));
    }
  }

  private void end(RunAction.End end, LogWord log) {
    if (stored.begins() && !log.begun()) {
      agenda.add(new RunAction.Begin());
    }
    if (end.equals(LOST)) {
      agenda.add(new RunAction.Store(state, true, end));
    }
    agenda.add(end);
    over();
  }

  private void over() {
    desk.workers().release(this, state.lease(), ErrorCode.ALREADY_ENDED, "run: over");
    state = state.ended();
  }

  private void declare() {
    if (desk.shard().readership().isOwned(topic().name())) {
      agenda.addFirst(new RunAction.Declare());
    }
  }

  void apply(RunEvent event) {
    RunMachine.Step step = new RunMachine(desk.settings()).on(state, event, desk.nowMillis());
    RunState before = state;
    state = step.state();
    RunAction.Store first = stored.isKept() ? stored.before(step.actions(), before, state) : null;
    if (first != null) {
      agenda.add(first);
    }
    agenda.addAll(step.actions());
    agenda.proceed();
    schedule();
  }

  /// Does something once the run is there after a crash.
  void whenKnown(Runnable task) {
    stored.whenKnown(task);
  }

  /// Does something once all that is to be done is done.
  void afterwards(Runnable task) {
    agenda.addAfterwards(task);
    agenda.proceed();
  }

  @Override
  int attempt() {
    return state.attempts();
  }

  @Override
  void onOffered(long lease) {
    apply(new RunEvent.Offered(lease));
  }

  @Override
  void onAccepted(long lease) {
    apply(new RunEvent.Accepted(lease));
  }

  @Override
  void onRefused(long lease, boolean elsewhere, String message) {
    apply(new RunEvent.Refused(lease, elsewhere, message));
  }

  /// A worker that was away may have missed that the run is to end.
  @Override
  void onRenewed(long lease, boolean back) {
    apply(new RunEvent.Renewed(lease));
    CancelOrder order = state.cancel();
    if (back && order != null && state.isUnder(lease)) {
      desk.workers().passCancel(this, lease, order);
    }
  }

  @Override
  void onSettled(long lease, Outcome outcome, String payload) {
    apply(new RunEvent.Settled(lease, outcome, payload));
  }

  @Override
  void onWorkerGone(long lease) {
    apply(new RunEvent.OfferLost(lease));
  }

  private void onTime() {
    if (!desk.mayAct()) {
      desk.shard()
          .wheel()
          .schedule(
              timer, desk.shard().clock().nanos() + TimeUnit.MILLISECONDS.toNanos(RETRY_MILLIS));
    } else if (!isOver()) {
      apply(new RunEvent.Tick(emissions.lastMillis(), emissions.nodeMillis()));
      desk.dispatch();
    } else if (!agenda.isEmpty()) {
      agenda.proceed();
      schedule();
    } else {
      desk.book().forget(this);
    }
  }

  private void schedule() {
    if (desk.isClosed()) {
      return;
    }
    long now = desk.nowMillis();
    long due;
    if (agenda.isHeldUp()) {
      due = now + RETRY_MILLIS;
    } else if (isOver()) {
      due =
          now
              + (view.direct()
                  ? Math.min(DIRECT_RETENTION_MILLIS, desk.settings().retentionMillis())
                  : desk.settings().retentionMillis());
    } else {
      due =
          new RunMachine(desk.settings())
              .dueMillis(state, emissions.lastMillis(), emissions.nodeMillis());
    }
    desk.shard()
        .wheel()
        .schedule(
            timer,
            desk.shard().clock().nanos() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, due - now)));
  }

  // What is done about it.

  private Progress perform(RunAction action) {
    switch (action) {
      case RunAction.Store store -> {
        stored.put(store, view, this::onStored);
        return Progress.UNDER_WAY;
      }
      case RunAction.Declare _ -> {
        return wrote(topics.declare(user(), writes(action)));
      }
      case RunAction.Enqueue _ -> desk.inboxes().add(this, true);
      case RunAction.Dequeue _ -> desk.inboxes().remove(this);
      case RunAction.Begin _ -> {
        return wrote(topics.begin(view, writes(action)));
      }
      case RunAction.Grant(long lease) -> {
        emissions.hold(desk.workers().holder(lease));
        becomeRunning();
        desk.workers().grant(this, lease);
      }
      case RunAction.PassCancel(long lease, CancelOrder order) ->
          desk.workers().passCancel(this, lease, order);
      case RunAction.Release release ->
          desk.workers().release(this, release.lease(), release.code(), release.message());
      case RunAction.TellStalled(long silentMillis) -> {
        return wrote(topics.stalled(silentMillis, writes(action)));
      }
      case RunAction.TellCancelling(CancelOrder order) -> {
        becomeRunning();
        return wrote(topics.cancelling(order, writes(action)));
      }
      case RunAction.Beat _ -> {
        return wrote(topics.beat(writes(action)));
      }
      case RunAction.End end -> {
        emissions.hold(null);
        desk.audience().onRun(view, null);
        long tookMillis = desk.nowMillis() - stored.beganMillis();
        return wrote(topics.end(end, view.agent(), tookMillis, writes(action)));
      }
    }
    return Progress.DONE;
  }

  private LongConsumer writes(RunAction action) {
    return outcome -> onWritten(action, outcome);
  }

  private static Progress wrote(boolean taken) {
    return taken ? Progress.UNDER_WAY : Progress.NOT_NOW;
  }

  /// Only the end must get there: without it a reader would wait for ever.
  private void onWritten(RunAction action, long outcome) {
    if (desk.isClosed()) {
      return;
    }
    boolean isNotStored = outcome == Appended.NO_ROOM || outcome == NOT_STORED;
    if (isNotStored && action instanceof RunAction.End) {
      agenda.again();
      schedule();
      return;
    }
    agenda.done();
    if (action instanceof RunAction.End end) {
      onEnded(end, Math.max(0, outcome));
    }
    agenda.proceed();
    schedule();
  }

  private void onStored() {
    agenda.done();
    agenda.proceed();
    schedule();
  }

  private void onEnded(RunAction.End end, long sequence) {
    view = view.ended(end, desk.shard().clock().millis(), sequence);
    stored.end(end, state, view);
    desk.shard().metrics().count(counter(end.status()));
    desk.book().ended(this);
    tellWatchers();
    watchers.clear();
  }

  private static Counter counter(RunStatus status) {
    return switch (status) {
      case COMPLETED -> Counter.RUNS_COMPLETED;
      case CANCELLED -> Counter.RUNS_CANCELLED;
      case TIMED_OUT -> Counter.RUNS_TIMED_OUT;
      case ACCEPTED, RUNNING, FAILED -> Counter.RUNS_FAILED;
    };
  }

  private void becomeRunning() {
    view = view.running(state.cancel() != null, desk.shard().clock().millis());
    tellWatchers();
  }

  /// Nothing happens to it here any more.
  @Override
  void abandon() {
    desk.shard().wheel().cancel(timer);
    agenda.abandon();
    watchers.clear();
  }

  // Watchers.

  void watch(Consumer<RunView> listener) {
    if (!view.status().isTerminal()) {
      watchers.add(listener);
    }
    listener.accept(view);
  }

  void unwatch(Consumer<RunView> listener) {
    watchers.remove(listener);
  }

  private void tellWatchers() {
    desk.audience().onRun(view, emissions.holder());
    for (Consumer<RunView> watcher : List.copyOf(watchers)) {
      watcher.accept(view);
    }
  }
}
