package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.run.DeskMessage.NodeStep;
import io.pushrod.server.run.RunView.RunError;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
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

  /// What only the desk says about a run.
  private static final long NOT_STORED = Appended.failed(ErrorCode.UNAVAILABLE);

  private static final Set<String> OURS =
      Set.of("run_start", "run_end", "error", "cancelled", "cancelling", "stalled", "heartbeat");

  /// What is said of a run that was accepted, and the store does not know by whom.
  private static final RunAction.End LOST =
      new RunAction.End(
          RunStatus.FAILED,
          null,
          new RunError(RunMachine.PRODUCER_LOST, "the server has lost who had it", true),
          null);

  /// Why a run ends that belonged to a connection of another process.
  private static final String LEFT = "the server that it was asked of is gone";

  private static final String NODE_START = "node_start";
  private static final String NODE_END = "node_end";

  private final RunTopics topics;
  private final long order;
  private final @Nullable String key;
  private final long beganMillis;
  private final Timer timer = new Timer();
  private final ArrayDeque<RunAction> actions = new ArrayDeque<>();
  private final ArrayDeque<Runnable> afterwards = new ArrayDeque<>();
  private final List<Consumer<RunView>> watchers = new ArrayList<>(1);
  private final List<Runnable> whenKnown = new ArrayList<>(1);
  private RunState state;

  /// Whether something of it is on its way to the log, or to be stored.
  private boolean writing;

  /// Whether it is there after a crash, as far as anything is.
  private boolean known;

  /// Whether its readers were told that it has begun, or are to be.
  private boolean begins;

  private volatile RunView view;

  /// The worker that may publish its events; null before and after. Written by the desk.
  private volatile @Nullable Producer holder;

  /// When its worker emitted something, in milliseconds of the desk's clock; 0 for never. Benign
  /// races: it only has to be about right.
  private final AtomicLong emittedMillis = new AtomicLong();

  /// Since when a node of it runs; 0 for none.
  private final AtomicLong nodeMillis = new AtomicLong();

  private final class Timer extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      onTime();
    }
  }

  Run(Desk desk, RunStart start) {
    this(desk, start, start.runId() == null ? UUID.randomUUID().toString() : start.runId());
  }

  private Run(Desk desk, RunStart start, String id) {
    super(desk, request(start, id));
    this.topics = new RunTopics(desk, request);
    this.order = desk.records().nextOrder();
    this.key = start.idempotencyKey();
    this.beganMillis = desk.nowMillis();
    this.state = new RunMachine(desk.settings()).begin(beganMillis);
    this.known = !desk.records().keeps();
    this.view =
        new RunView(
            desk.tenant(),
            id,
            topics.own().name(),
            start.agent(),
            start.who().user(),
            start.provider(),
            start.direct(),
            RunStatus.ACCEPTED,
            false,
            desk.shard().clock().millis(),
            0,
            0,
            null,
            null,
            0);
  }

  /// A run as it was written down; [#resume] lets it go on.
  Run(Desk desk, RunRecord.OfRun record) {
    super(desk, record.request());
    this.topics = new RunTopics(desk, request);
    this.order = record.order();
    this.key = record.key();
    this.beganMillis = record.beganMillis();
    this.state = record.state();
    this.begins = record.begins();
    this.known = true;
    this.view = record.view();
    // Its worker may go on while its log is asked: what it had not begun, it does not publish to.
    this.holder = record.end() == null ? record.producer() : null;
  }

  /// How an ended run is to be shown.
  static RunView ended(RunRecord.OfRun record) {
    RunView view = record.view();
    RunAction.End end = record.end();
    return end == null ? view : view.ended(end, view.endedMillis(), view.lastSequence());
  }

  static String inbox(String agent) {
    return AGENTS + agent;
  }

  private static Request request(RunStart start, String id) {
    List<String> topics = new ArrayList<>();
    topics.add(TOPICS + id);
    topics.addAll(start.furtherTopics());
    Map<IdField, String> ids = new EnumMap<>(IdField.class);
    ids.put(IdField.RUN_ID, id);
    ids.put(IdField.AGENT_ID, start.agent());
    for (String further : start.furtherTopics()) {
      if (further.startsWith("thread/")) {
        ids.put(IdField.THREAD_ID, further.substring("thread/".length()));
      }
    }
    return new Request(
        Kind.RUN,
        inbox(start.agent()),
        id,
        start.who().user(),
        List.copyOf(topics),
        Map.copyOf(ids),
        start.input());
  }

  String id() {
    return view.id();
  }

  String user() {
    return view.user();
  }

  @Nullable String key() {
    return key;
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

  // Any thread.

  /// Whether this producer may publish such an event to the run now; notes that it does.
  boolean admits(@Nullable Producer producer, String type, long nowMillis) {
    if (producer == null || !producer.equals(holder) || OURS.contains(type)) {
      return false;
    }
    emitted(nowMillis, step(type));
    return true;
  }

  /// Whether only the desk says such a thing about a run.
  static boolean isOurs(String type) {
    return OURS.contains(type);
  }

  static NodeStep step(String type) {
    return switch (type) {
      case NODE_START -> NodeStep.BEGUN;
      case NODE_END -> NodeStep.ENDED;
      default -> NodeStep.NONE;
    };
  }

  /// Its worker emitted something.
  ///
  /// @param millis of the desk's clock
  void emitted(long millis, NodeStep step) {
    emittedMillis.setOpaque(millis);
    if (step != NodeStep.NONE) {
      nodeMillis.setOpaque(step == NodeStep.BEGUN ? millis : 0);
    }
  }

  // What happens to it.

  /// Begins to watch its time.
  void begin() {
    tellWatchers();
    declare();
    if (desk.records().keeps()) {
      actions.addFirst(new RunAction.Store(state, false, null));
    }
    proceed();
    schedule();
  }

  /// Goes on after its record was read and its log was asked. Its log's word counts.
  void resume(RunRecord.OfRun record, LogWord log) {
    long now = desk.nowMillis();
    RunAction.End planned = record.end();
    emittedMillis.setOpaque(now);
    if (log.sealed()) {
      over();
      onEnded(log.endOr(planned), log.lastSequence());
    } else if (planned != null) {
      end(planned, log);
    } else if (state.stage() == RunState.Stage.RUNNING) {
      state = state.restored(now);
      if (log.begun()) {
        holder = record.producer();
      } else {
        actions.add(new RunAction.Begin());
        actions.add(new RunAction.Grant(state.lease()));
      }
      declare();
    } else if (log.begun()) {
      end(LOST, log);
    } else {
      state = new RunMachine(desk.settings()).begin(now);
      desk.inboxes().add(this, false);
      declare();
    }
    proceed();
    schedule();
    if (view.direct() && !isOver() && !desk.isShared()) {
      apply(new RunEvent.CancelWanted(new CancelOrder(How.NOW, 0, user(), LEFT)));
    }
  }

  private void end(RunAction.End end, LogWord log) {
    if (begins && !log.begun()) {
      actions.add(new RunAction.Begin());
    }
    if (end.equals(LOST)) {
      actions.add(new RunAction.Store(state, true, end));
    }
    actions.add(end);
    over();
  }

  private void over() {
    desk.workers().release(this, state.lease(), ErrorCode.ALREADY_ENDED, "run: over");
    state = state.ended();
  }

  private void declare() {
    if (desk.shard().readership().isOwned(topic().name())) {
      actions.addFirst(new RunAction.Declare());
    }
  }

  void apply(RunEvent event) {
    RunMachine.Step step = new RunMachine(desk.settings()).on(state, event, desk.nowMillis());
    RunState before = state;
    state = step.state();
    if (desk.records().keeps()) {
      note(before, step.actions());
    }
    actions.addAll(step.actions());
    proceed();
    schedule();
  }

  /// What a worker, or who asked, may hear of is stored before: that it is accepted, that it is to
  /// end, how it ended.
  private void note(RunState before, List<RunAction> next) {
    begins |= next.stream().anyMatch(RunAction.Begin.class::isInstance);
    RunAction.End end = null;
    for (RunAction action : next) {
      if (action instanceof RunAction.End last) {
        end = last;
      }
    }
    if (end != null) {
      actions.add(new RunAction.Store(before, begins, end));
    } else if (state.stage() == RunState.Stage.RUNNING
        && (before.stage() != RunState.Stage.RUNNING || isCancelChanged(before))) {
      actions.add(new RunAction.Store(state, begins, null));
    }
  }

  private boolean isCancelChanged(RunState before) {
    return before.cancelMillis() != state.cancelMillis()
        || !Objects.equals(before.cancel(), state.cancel());
  }

  /// Does something once the run is there after a crash.
  void whenKnown(Runnable task) {
    if (known) {
      task.run();
    } else {
      whenKnown.add(task);
    }
  }

  /// Does something once all that is to be done is done.
  void afterwards(Runnable task) {
    afterwards.add(task);
    proceed();
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
      apply(new RunEvent.Tick(emittedMillis.getOpaque(), nodeMillis.getOpaque()));
      desk.dispatch();
    } else if (!actions.isEmpty()) {
      proceed();
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
    if (!actions.isEmpty() && !writing) {
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
              .dueMillis(state, emittedMillis.getOpaque(), nodeMillis.getOpaque());
    }
    desk.shard()
        .wheel()
        .schedule(
            timer,
            desk.shard().clock().nanos() + TimeUnit.MILLISECONDS.toNanos(Math.max(0, due - now)));
  }

  // What is done about it.

  private void proceed() {
    while (!writing && !actions.isEmpty() && desk.mayAct()) {
      if (!perform(actions.element())) {
        return;
      }
    }
    while (!writing && actions.isEmpty() && !afterwards.isEmpty()) {
      afterwards.remove().run();
    }
  }

  /// @return false when it is to be tried again later; else it is not in the list any more
  private boolean perform(RunAction action) {
    switch (action) {
      case RunAction.Store store -> {
        store(store);
        return true;
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
        holder = desk.workers().holder(lease);
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
        holder = null;
        desk.audience().onRun(view, null);
        return wrote(topics.end(end, view.agent(), desk.nowMillis() - beganMillis, writes(action)));
      }
    }
    actions.remove();
    return true;
  }

  private LongConsumer writes(RunAction action) {
    writing = true;
    return outcome -> onWritten(action, outcome);
  }

  private boolean wrote(boolean taken) {
    if (!taken) {
      writing = false;
    }
    return taken;
  }

  /// Only the end must get there: without it a reader would wait for ever.
  private void onWritten(RunAction action, long outcome) {
    writing = false;
    boolean isNotStored = outcome == Appended.NO_ROOM || outcome == NOT_STORED;
    if (isNotStored && action instanceof RunAction.End) {
      schedule();
      return;
    }
    actions.remove();
    if (action instanceof RunAction.End end) {
      onEnded(end, Math.max(0, outcome));
    }
    proceed();
    schedule();
  }

  private void store(RunAction.Store store) {
    writing = true;
    desk.records().put(record(store, 0), !known, this::onStored);
  }

  private void onStored() {
    writing = false;
    actions.remove();
    known = true;
    whenKnown.forEach(Runnable::run);
    whenKnown.clear();
    proceed();
    schedule();
  }

  /// @param endedMillis 0 when its end is not written yet
  private RunRecord.OfRun record(RunAction.Store store, long endedMillis) {
    boolean waits = store.state().stage() != RunState.Stage.RUNNING && store.end() == null;
    Request input = request;
    if (!waits) {
      input = input.withoutPayload();
    }
    RunView now = view;
    if (endedMillis == 0 && store.state().stage() == RunState.Stage.RUNNING) {
      now = now.running(store.state().cancel() != null, desk.shard().clock().millis());
    }
    Lease holding = desk.workers().lease(store.state().lease());
    return new RunRecord.OfRun(
        desk.nowMillis(),
        order,
        input,
        now,
        key,
        beganMillis,
        store.state(),
        holding == null ? null : holding.producer(),
        holding == null ? "" : holding.pattern(),
        store.begins(),
        store.end(),
        endedMillis);
  }

  private void onEnded(RunAction.End end, long sequence) {
    view = view.ended(end, desk.shard().clock().millis(), sequence);
    if (desk.records().keeps()) {
      desk.records().end(record(new RunAction.Store(state, begins, end), desk.nowMillis()));
    }
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
    actions.clear();
    afterwards.clear();
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
    desk.audience().onRun(view, holder);
    for (Consumer<RunView> watcher : List.copyOf(watchers)) {
      watcher.accept(view);
    }
  }
}
