package io.pushrod.server.run;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.IdField;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.LogRule;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
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
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
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
  private static final Set<String> OURS =
      Set.of("run_start", "run_end", "error", "cancelled", "cancelling", "stalled", "heartbeat");

  private static final String NODE_START = "node_start";
  private static final String NODE_END = "node_end";

  /// Elsewhere a heartbeat is a signal; here it has a sequence, as it has with Dockrion.
  private static final EventType HEARTBEAT =
      new EventTypes(Map.of("heartbeat", EventClass.PLAIN)).of("heartbeat", null);

  private final TopicKey topic;
  private final TopicKey[] topics;
  private final byte[] idFragment;
  private final long beganMillis;
  private final Timer timer = new Timer();
  private final ArrayDeque<RunAction> actions = new ArrayDeque<>();
  private final ArrayDeque<Runnable> afterwards = new ArrayDeque<>();
  private final List<Consumer<RunView>> watchers = new ArrayList<>(1);
  private RunState state;

  /// Whether an event of it is on its way to the log.
  private boolean writing;

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
    this.topic = new TopicKey(desk.tenant(), TOPICS + id);
    this.topics =
        request.topics().stream()
            .map(name -> new TopicKey(desk.tenant(), name))
            .toArray(TopicKey[]::new);
    this.idFragment = EventData.ids(request.ids());
    this.beganMillis = desk.nowMillis();
    this.state = new RunMachine(desk.settings()).begin(beganMillis);
    this.view =
        new RunView(
            desk.tenant(),
            id,
            topic.name(),
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

  TopicKey topic() {
    return topic;
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
    if (desk.shard().readership().isOwned(topic.name())) {
      actions.addFirst(new RunAction.Declare());
      proceed();
    }
    schedule();
  }

  void apply(RunEvent event) {
    RunMachine.Step step = new RunMachine(desk.settings()).on(state, event, desk.nowMillis());
    state = step.state();
    actions.addAll(step.actions());
    proceed();
    schedule();
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
      desk.passCancel(this, lease, order);
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
      case RunAction.Declare _ -> {
        return write(
            Publication.declaring(
                new TopicKey[] {topic},
                desk.types().of(TypeName.TOPIC_READERS, null),
                0,
                new Readers(true, Set.of(user()), Set.of())));
      }
      case RunAction.Enqueue _ -> desk.enqueue(this, true);
      case RunAction.Dequeue _ -> desk.dequeue(this);
      case RunAction.Begin _ -> {
        return write(
            desk.types().of("run_start", EventClass.LIFECYCLE),
            EventData.begin(view.agent(), user()),
            topics,
            new LogRule.Keep(desk.settings().emitted()::admits));
      }
      case RunAction.Grant(long lease) -> {
        holder = desk.holder(lease);
        become(RunStatus.RUNNING);
        desk.grant(this, lease);
      }
      case RunAction.PassCancel(long lease, CancelOrder order) ->
          desk.passCancel(this, lease, order);
      case RunAction.Release release ->
          desk.release(this, release.lease(), release.code(), release.message());
      case RunAction.TellStalled(long silentMillis) -> {
        return write("stalled", EventData.stalled(silentMillis));
      }
      case RunAction.TellCancelling(CancelOrder order) -> {
        become(RunStatus.RUNNING);
        return write("cancelling", EventData.cancelling(order));
      }
      case RunAction.Beat _ -> {
        return write(HEARTBEAT, EventData.empty(), new TopicKey[] {topic}, null);
      }
      case RunAction.End end -> {
        holder = null;
        desk.audience().onRun(view, null);
        return writeEnd(end);
      }
    }
    actions.remove();
    return true;
  }

  private boolean write(String type, ByteBuf data) {
    return write(desk.types().of(type, EventClass.LIFECYCLE), data, topics, null);
  }

  private boolean writeEnd(RunAction.End end) {
    long took = desk.nowMillis() - beganMillis;
    RunError error = end.error();
    CancelOrder cancel = end.cancel();
    String type;
    ByteBuf data;
    if (error != null) {
      type = "error";
      data = EventData.failed(error, took);
    } else if (cancel != null) {
      type = "cancelled";
      data = EventData.cancelled(cancel, took);
    } else {
      type = "run_end";
      data = EventData.completed(end.output(), view.agent(), took);
    }
    return write(desk.types().of(type, EventClass.LIFECYCLE), data, topics, new LogRule.Seal());
  }

  private boolean write(EventType type, ByteBuf data, TopicKey[] to, @Nullable LogRule rule) {
    Publication plain = new Publication(to, type, idFragment, 0, 0, data, 0, data.readableBytes());
    return write(rule == null ? plain : plain.with(rule));
  }

  /// Writes what the first of the actions asks for.
  private boolean write(Publication publication) {
    RunAction action = actions.element();
    writing = true;
    boolean taken =
        desk.shard()
            .publish(
                new Batch(
                    List.of(publication),
                    Unpooled.EMPTY_BUFFER,
                    done -> onWritten(action, done.outcome(0, 0))));
    if (!taken) {
      writing = false;
    }
    return taken;
  }

  /// Only the end must get there: without it a reader would wait for ever.
  private void onWritten(RunAction action, long outcome) {
    writing = false;
    if (outcome == Appended.NO_ROOM && action instanceof RunAction.End) {
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

  private void onEnded(RunAction.End end, long sequence) {
    CancelOrder cancel = end.cancel();
    RunError why = cancel == null ? end.error() : new RunError("cancelled", cancel.reason(), false);
    RunView was = view;
    view =
        new RunView(
            was.tenant(),
            was.id(),
            was.topic(),
            was.agent(),
            was.user(),
            was.provider(),
            was.direct(),
            end.status(),
            false,
            was.createdMillis(),
            was.startedMillis(),
            desk.shard().clock().millis(),
            end.output(),
            why,
            sequence);
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

  private void become(RunStatus status) {
    RunView was = view;
    view =
        new RunView(
            was.tenant(),
            was.id(),
            was.topic(),
            was.agent(),
            was.user(),
            was.provider(),
            was.direct(),
            status,
            state.cancel() != null,
            was.createdMillis(),
            was.startedMillis() == 0 ? desk.shard().clock().millis() : was.startedMillis(),
            0,
            null,
            null,
            0);
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
