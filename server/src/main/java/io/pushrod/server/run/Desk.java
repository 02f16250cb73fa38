package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.run.RunAnswer.Refused;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// One tenant's inboxes, workers and leases.
///
/// **Thread:** its shard.
/* Requests wait in inboxes, workers' credits in consumptions. Whenever one of either appears, the two are brought together:
 * each inbox that waits gives one request in turn, to the worker that holds least. A lease is what ties a request to a
 * worker: it outlives the worker's connection, so that a worker which comes back in time goes on. */
final class Desk {
  private static final long QUEUE_RETRY_MILLIS = 1_000;
  private static final long MAX_SWEEP_PAUSE_MILLIS = 10_000;

  /// @param producer of the worker: the same after a reconnect, another after a restart
  /// @param pattern by which it took the request
  record Lease(long number, Work work, Producer producer, String pattern) {}

  private final String tenant;
  private final Shard shard;
  private final RunSettings settings;
  private final EventTypes types;
  private final RunBook book;
  private final Tenure tenure;
  private final RunAudience audience;
  private final PublishRates starts;
  private final RunStore store;
  private final DeskTime time;
  private final DeskRecords records;
  private final PastSweep sweep = new PastSweep();

  /// What came while it was being restored; null since it is.
  private @Nullable List<Runnable> waiting;

  /// Those in which something waits.
  private final Map<String, Inbox> inboxes = new LinkedHashMap<>();

  private final List<Consumption> consumptions = new ArrayList<>();
  private final Map<Long, Lease> leases = new HashMap<>();
  private long offers;
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
    this.starts = starts;
    this.store = store;
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
    inboxes.values().forEach(Inbox::abandon);
    leases.values().forEach(lease -> lease.work().abandon());
    inboxes.clear();
    leases.clear();
    consumptions.clear();
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
    Refused refused = judge(start);
    if (refused != null) {
      answer.accept(refused);
      return;
    }
    Run run = new Run(this, start);
    book.add(run);
    shard.metrics().count(Counter.RUNS_STARTED);
    enqueue(run, false);
    run.begin();
    RunView begun = run.view();
    run.whenKnown(() -> answer.accept(new RunAnswer.Done(begun, true)));
    dispatch();
  }

  private @Nullable Refused judge(RunStart start) {
    if (shard.isDraining()) {
      shard.metrics().count(Counter.DRAIN_REFUSED);
      return new Refused(ErrorCode.UNAVAILABLE, "run: server is shutting down", 1_000);
    }
    Refused unstored = judgeStore();
    if (unstored != null) {
      return unstored;
    }
    if (start.runId() != null
        && (book.find(start.runId()) != null || book.past().find(start.runId()) != null)) {
      return new Refused(ErrorCode.BAD_ID, "run_id: taken (expected: another)", 0);
    }
    Counter usedUp = book.usedUp(start.who().user());
    if (usedUp != null) {
      shard.metrics().count(usedUp);
      return new Refused(
          ErrorCode.RUN_QUOTA, "runs: too many (expected: fewer at a time)", QUEUE_RETRY_MILLIS);
    }
    String inbox = Run.inbox(start.agent());
    Refused full = judgeQueue(inbox, start.input().length());
    if (full != null) {
      return full;
    }
    long waitNanos = starts.take(tenant, 1, shard.clock().nanos());
    if (waitNanos > 0) {
      shard.metrics().count(Counter.QUOTA_RUN_STARTS);
      long waitMillis = TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1;
      return new Refused(
          ErrorCode.RATE_LIMITED, "run: faster than the tenant may start them", waitMillis);
    }
    return null;
  }

  private @Nullable Refused judgeStore() {
    String obstacle = store.obstacle();
    if (obstacle == null) {
      return null;
    }
    shard.metrics().rejected(ErrorCode.OVERLOADED);
    return new Refused(ErrorCode.UNAVAILABLE, "storage: " + obstacle, QUEUE_RETRY_MILLIS);
  }

  private @Nullable Refused judgeQueue(String name, int bytes) {
    Inbox inbox = inboxes.get(name);
    if (inbox == null) {
      return null;
    }
    Counter limit =
        inbox.size() >= settings.queuedRequests()
            ? Counter.LIMIT_QUEUE_REQUESTS
            : inbox.bytes() + bytes > settings.queuedBytes() ? Counter.LIMIT_QUEUE_BYTES : null;
    if (limit == null) {
      return null;
    }
    shard.metrics().count(limit);
    return new Refused(
        ErrorCode.NO_WORKER,
        "inbox: " + name + " is full (expected: a worker that takes from it)",
        QUEUE_RETRY_MILLIS);
  }

  void send(Request message, Consumer<@Nullable Refused> answer) {
    Refused unstored = judgeStore();
    Refused full =
        unstored != null ? unstored : judgeQueue(message.inbox(), message.payload().length());
    if (full != null) {
      answer.accept(full);
      return;
    }
    Message work = new Message(this, message, records.nextOrder());
    enqueue(work, false);
    work.begin();
    work.store(() -> answer.accept(null));
    dispatch();
  }

  /// The same if a worker is there that takes the inbox, busy or not.
  void offer(Request message) {
    for (Consumption each : consumptions) {
      if (each.covers(message.inbox())) {
        send(message, _ -> {});
        return;
      }
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

  // Workers.

  void consume(Seat seat, String pattern, int credit) {
    if (seat.closed) {
      return;
    }
    Consumption consumption = consumption(seat, pattern);
    consumption.credit = credit;
    dispatch();
  }

  private Consumption consumption(Seat seat, String pattern) {
    Consumption known = seat.consumptions.get(pattern);
    if (known == null) {
      known = new Consumption(seat, pattern);
      seat.consumptions.put(pattern, known);
      consumptions.add(known);
    }
    return known;
  }

  void accept(Seat seat, long number) {
    Lease lease = lease(seat, number);
    if (lease != null) {
      var _ = bind(seat, lease);
      lease.work().onAccepted(number);
      dispatch();
    }
  }

  void refuse(Seat seat, long number, boolean elsewhere, String message) {
    Lease lease = lease(seat, number);
    if (lease != null) {
      var _ = bind(seat, lease);
      lease.work().onRefused(number, elsewhere, message);
      dispatch();
    }
  }

  void settle(Seat seat, long number, Outcome outcome, String payload) {
    Lease lease = lease(seat, number);
    if (lease != null) {
      var _ = bind(seat, lease);
      lease.work().onSettled(number, outcome, payload);
      dispatch();
    }
  }

  /// A worker that has come back brings its leases along.
  void renew(Seat seat, List<Long> numbers) {
    for (long number : numbers) {
      Lease lease = lease(seat, number);
      if (lease != null) {
        boolean back = bind(seat, lease);
        lease.work().onRenewed(number, back);
      }
    }
    dispatch();
  }

  /// @return whether that changed its connection
  private boolean bind(Seat seat, Lease lease) {
    Consumption by = lease.work().by;
    if (by != null && by.seat == seat) {
      return false;
    }
    if (by != null) {
      by.held--;
      by.seat.leases.remove(lease.number());
    }
    Consumption now = consumption(seat, lease.pattern());
    now.held++;
    seat.leases.add(lease.number());
    lease.work().by = now;
    return true;
  }

  /// The lease, if it is this worker's; else the worker hears that it is not.
  private @Nullable Lease lease(Seat seat, long number) {
    Lease lease = leases.get(number);
    if (lease != null && lease.producer().equals(seat.producer) && !seat.closed) {
      return lease;
    }
    shard.metrics().count(Counter.LEASES_FENCED);
    seat.link.release(number, ErrorCode.FENCED, "lease: over (expected: one that you hold)");
    return null;
  }

  void close(Seat seat) {
    seat.closed = true;
    consumptions.removeAll(seat.consumptions.values());
    for (long number : List.copyOf(seat.leases)) {
      Lease lease = leases.get(number);
      if (lease != null && lease.work().by != null && lease.work().by.seat == seat) {
        lease.work().by = null;
        lease.work().onWorkerGone(number);
      }
    }
    dispatch();
  }

  // What work asks for.

  /// @param again whether it has waited before, and so goes first
  void enqueue(Work work, boolean again) {
    Inbox inbox = inboxes.computeIfAbsent(work.request.inbox(), Inbox::new);
    if (again) {
      inbox.addFirst(work);
    } else {
      inbox.addLast(work);
    }
  }

  void dequeue(Work work) {
    Inbox inbox = inboxes.get(work.request.inbox());
    if (inbox != null) {
      inbox.remove(work);
      if (inbox.isEmpty()) {
        inboxes.remove(inbox.name);
      }
    }
  }

  /// A worker had it before the desk was restored, and is away.
  void restoreLease(long number, Work work, Producer producer, String pattern) {
    leases.put(number, new Lease(number, work, producer, pattern));
  }

  @Nullable Lease leaseOf(long number) {
    return leases.get(number);
  }

  /// Who holds a lease; null when it is over.
  @Nullable Producer holder(long number) {
    Lease lease = leases.get(number);
    return lease == null ? null : lease.producer();
  }

  void grant(Work work, long number) {
    if (work.by != null) {
      work.by.seat.link.grant(number);
    }
  }

  /// A worker that is away hears of it when it comes back.
  void passCancel(Work work, long number, CancelOrder order) {
    if (work.by != null) {
      work.by.seat.link.cancel(number, order.forWire());
    }
  }

  /// Ends a lease; its worker hears of it if it is there.
  void release(Work work, long number, @Nullable ErrorCode code, String message) {
    if (leases.remove(number) == null) {
      return;
    }
    Consumption by = work.by;
    work.by = null;
    if (by != null) {
      by.held--;
      by.seat.leases.remove(number);
      by.seat.link.release(number, code, message);
      shard.loop().execute(this::dispatch); // there is room again, long after it was settled
    }
  }

  // Bringing the two together.

  /// Each inbox in turn gives one, as long as a worker takes one.
  void dispatch() {
    boolean offered = !inboxes.isEmpty() && mayAct();
    while (offered) {
      offered = false;
      for (Inbox inbox : List.copyOf(inboxes.values())) {
        Consumption taker = inbox.isEmpty() ? null : taker(inbox.name);
        Work work = taker == null ? null : inbox.poll();
        if (taker != null && work != null) {
          offer(work, taker);
          offered = true;
        }
        if (inbox.isEmpty()) {
          inboxes.remove(inbox.name);
        }
      }
    }
  }

  /// The worker that holds least; of several the one that has waited longest.
  private @Nullable Consumption taker(String inbox) {
    Consumption best = null;
    for (Consumption each : consumptions) {
      if (each.takes(inbox)
          && (best == null
              || each.held < best.held
              || (each.held == best.held && each.lastOffer < best.lastOffer))) {
        best = each;
      }
    }
    return best;
  }

  private void offer(Work work, Consumption taker) {
    long number = ThreadLocalRandom.current().nextLong(1, Long.MAX_VALUE);
    leases.put(number, new Lease(number, work, taker.seat.producer, taker.pattern));
    taker.held++;
    taker.lastOffer = ++offers;
    taker.seat.leases.add(number);
    work.by = taker;
    shard.metrics().count(Counter.WORK_OFFERED);
    work.onOffered(number);
    taker.seat.link.offer(new Offer(number, work.attempt(), settings.leaseMillis(), work.request));
  }
}
