package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.run.RunAnswer.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One tenant's inboxes, workers and leases.
///
/// **Thread:** its shard.
/* Requests wait in inboxes, workers' credits in consumptions. Whenever one of either appears, the two are brought together:
 * each inbox that waits gives one request in turn, to the worker that holds least. */
final class Desk {
  private static final long MAX_SWEEP_PAUSE_MILLIS = 10_000;

  private final String tenant;
  private final Shard shard;
  private final RunSettings settings;
  private final EventTypes types;
  private final RunBook book;
  private final Tenure tenure;
  private final RunAudience audience;
  private final DeskTime time;
  private final DeskRecords records;
  private final PastSweep sweep = new PastSweep();

  /// What came while it was being restored; null since it is.
  private @Nullable List<Runnable> waiting;

  private final Inboxes inboxes;
  private final Workers workers;
  private final Admission admission;
  private boolean closed;

  private final class PastSweep extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      sweepPast();
    }
  }

  /// A desk that waits for [#restore] before it does anything, where its records outlive the
  /// process.
  Desk(
      String tenant,
      Shard shard,
      RunSettings settings,
      EventTypes types,
      RunRegistry registry,
      PublishRates starts,
      RunStore store,
      Tenure tenure,
      RunAudience audience) {
    this.tenure = tenure;
    this.audience = audience;
    this.tenant = tenant;
    this.shard = shard;
    this.settings = settings;
    this.types = types;
    this.time = new DeskTime(shard.clock());
    this.records = new DeskRecords(this, store);
    this.waiting = store.keeps() ? new ArrayList<>() : null;
    PastRuns past =
        new PastRuns(
            tenant,
            store,
            settings.retained(),
            id -> registry.find(new TopicKey(tenant, Run.TOPICS + id)) != null);
    this.book = new RunBook(settings, registry, records, past);
    this.inboxes = new Inboxes(settings);
    this.workers = new Workers(shard, settings, this::dispatch);
    this.admission = new Admission(this, inboxes, starts, store);
  }

  /// Begins where the desk stood when its records were written: its runs are known at once, and
  /// what waits for the desk is done when their logs have been asked. **Thread:** any, once.
  ///
  /// @param of all that the store has, in any order
  void restore(List<RunRecord> of) {
    onShard(() -> DeskRestore.begin(this, of, this::open));
  }

  private void open() {
    List<Runnable> tasks = waiting == null ? List.of() : waiting;
    waiting = null;
    dispatch();
    tasks.forEach(this::runAlone);
  }

  /// Forgets what ended before this process had the desk, when it is time, from now on.
  void sweepPast() {
    book.past().forgetBefore(nowMillis() - settings.retentionMillis());
    if (book.past().size() > 0) {
      long pause = Math.min(settings.retentionMillis(), MAX_SWEEP_PAUSE_MILLIS);
      shard.wheel().schedule(sweep, shard.clock().nanos() + TimeUnit.MILLISECONDS.toNanos(pause));
    }
  }

  Shard shard() {
    return shard;
  }

  String tenant() {
    return tenant;
  }

  RunSettings settings() {
    return settings;
  }

  EventTypes types() {
    return types;
  }

  RunBook book() {
    return book;
  }

  RunAudience audience() {
    return audience;
  }

  /// Whether it may do anything now. A desk that is late with its lease may not, because another
  /// server may have it.
  boolean mayAct() {
    return !closed && tenure.holds(shard.clock().nanos());
  }

  /// Whether other servers may take it over.
  boolean isShared() {
    return tenure.isShared();
  }

  /// Whether it was taken down.
  boolean isClosed() {
    return closed;
  }

  /// Ends all that goes on here, without a word: another server goes on with it.
  void abandon() {
    closed = true;
    shard.wheel().cancel(sweep);
    records.abandon();
    book.abandon();
    inboxes.abandon();
    workers.abandon();
  }

  Inboxes inboxes() {
    return inboxes;
  }

  Workers workers() {
    return workers;
  }

  DeskRecords records() {
    return records;
  }

  DeskTime time() {
    return time;
  }

  /// Milliseconds of a clock that never jumps: see [DeskTime].
  long nowMillis() {
    return time.nowMillis();
  }

  /// Does a task here, later, and not before the desk is restored. **Thread:** any.
  void execute(Runnable task) {
    onShard(
        () -> {
          if (waiting == null) {
            task.run();
          } else {
            waiting.add(task);
          }
        });
  }

  /// Does a task here, later, restored or not. **Thread:** any.
  void onShard(Runnable task) {
    shard.loop().execute(() -> runAlone(task));
  }

  private void runAlone(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      shard.onTaskFailed(e);
    }
  }

  // Requests.

  void start(RunStart start, Consumer<RunAnswer> answer) {
    Run known = book.byKey(start.who().user(), start.idempotencyKey());
    if (known != null) {
      known.whenKnown(() -> answer.accept(new RunAnswer.Done(known.view(), false)));
      return;
    }
    RunView past = book.past().byKey(start.who().user(), start.idempotencyKey());
    if (past != null) {
      answer.accept(new RunAnswer.Done(past, false));
      return;
    }
    Refused refused = admission.judge(start);
    if (refused != null) {
      answer.accept(refused);
      return;
    }
    Run run = new Run(this, start);
    book.add(run);
    shard.metrics().count(Counter.RUNS_STARTED);
    inboxes.add(run, false);
    run.begin();
    RunView begun = run.view();
    run.whenKnown(() -> answer.accept(new RunAnswer.Done(begun, true)));
    dispatch();
  }

  void send(Request message, Consumer<@Nullable Refused> answer) {
    Refused refused = admission.judge(message);
    if (refused != null) {
      answer.accept(refused);
      return;
    }
    Message work = new Message(this, message, records.nextOrder());
    inboxes.add(work, false);
    work.begin();
    work.store(() -> answer.accept(null));
    dispatch();
  }

  /// The same if a worker is there that takes the inbox, busy or not.
  void offer(Request message) {
    if (workers.cover(message.inbox())) {
      send(message, _ -> {});
    }
  }

  void cancel(String runId, CancelOrder order, Consumer<RunAnswer> answer) {
    Run run = book.find(runId);
    if (run == null && book.past().find(runId) == null) {
      answer.accept(new Refused(ErrorCode.NOT_FOUND, "run: " + runId + " (expected: yours)", 0));
    } else if (run == null || run.isOver()) {
      answer.accept(new Refused(ErrorCode.ALREADY_ENDED, "run: already finished", 0));
    } else {
      run.apply(new RunEvent.CancelWanted(order));
      run.afterwards(() -> answer.accept(new RunAnswer.Done(run.view(), false)));
      dispatch();
    }
  }

  void kill(Predicate<RunView> which, CancelOrder order) {
    for (Run run : book.active()) {
      if (which.test(run.view())) {
        run.apply(new RunEvent.Killed(order));
      }
    }
    dispatch();
  }

  // Bringing the two together.

  /// Each inbox in turn gives one, as long as a worker takes one.
  void dispatch() {
    boolean offered = !inboxes.isEmpty() && mayAct();
    while (offered) {
      offered = false;
      for (Inbox inbox : inboxes.all()) {
        Consumption taker = inbox.isEmpty() ? null : workers.taker(inbox.name);
        Work work = taker == null ? null : inbox.poll();
        if (taker != null && work != null) {
          workers.offer(work, taker);
          offered = true;
        }
        inboxes.forgetIfEmpty(inbox);
      }
    }
  }
}
