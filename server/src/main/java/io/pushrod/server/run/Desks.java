package io.pushrod.server.run;

import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.run.RunStore.Loaded;
import io.pushrod.server.run.RunStore.Shelf;
import io.pushrod.server.run.wire.Wire;
import io.pushrod.server.session.Identity;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The desks of all tenants.
///
/// **Thread:** any. Answers come on the desk's shard; whoever lives elsewhere goes on on its own
/// loop.
public final class Desks implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Desks.class);
  private static final int MAX_USER_BYTES = 255;
  private static final long LOAD_AGAIN_MILLIS = 1_000;

  private final Hub hub;
  private final RunSettings settings;
  private final EventTypes types;
  private final RunRegistry registry = new RunRegistry();
  private final PublishRates starts;
  private final ConcurrentMap<String, Desk> desks = new ConcurrentHashMap<>();

  private final RunStore store;
  private @Nullable Thread reader;
  private volatile boolean closed;

  /// Through which desks are reached; null when all are here.
  private @Nullable SharedDesks shared;

  /// Desks whose runs are gone with the process.
  public Desks(Hub hub, RunSettings settings, EventTypes types) {
    this(hub, settings, types, new NoRunStore());
  }

  /// @param store has what is to outlive the process; [#restore] brings it back
  public Desks(Hub hub, RunSettings settings, EventTypes types, RunStore store) {
    this.store = store;
    this.hub = hub;
    this.settings = settings;
    this.types = types;
    this.starts = new PublishRates(settings.startsPerSecond(), settings.startsPerSecond());
  }

  public RunSettings settings() {
    return settings;
  }

  /// A tenant's desk, where all are here.
  Desk desk(String tenant) {
    Desk known = desks.get(tenant);
    if (known != null) {
      return known;
    }
    Desk made = make(tenant, store, Tenure.forever(), RunAudience.NOBODY);
    Desk before = desks.putIfAbsent(tenant, made);
    if (before != null) {
      return before;
    }
    if (store.keeps()) {
      made.onShard(() -> load(made));
    }
    return made;
  }

  Desk make(String tenant, RunStore records, Tenure tenure, RunAudience audience) {
    return new Desk(
        tenant, hub.desk(tenant), settings, types, registry, starts, records, tenure, audience);
  }

  /// Desks that several servers have together: each is on one of them.
  ///
  /// @param store has what all servers have
  /// @param clerk does one thing at a time, in order
  public static Desks shared(
      Hub hub,
      RunSettings settings,
      EventTypes types,
      RunStore store,
      Wire wire,
      DeskLeases leases,
      ClusterSettings of,
      Clock clock,
      Executor clerk,
      ShardMetrics metrics) {
    Desks desks = new Desks(hub, settings, types, store);
    SharedDesks shared = new SharedDesks(desks, store, wire, leases, of, clock, clerk, metrics);
    desks.shared = shared;
    shared.cluster().join();
    return desks;
  }

  /// To be called several times a second where desks are shared.
  public void tick() {
    if (shared != null) {
      shared.cluster().tick();
    }
  }

  /// Gives the desks of this server to the next one that wants them, and takes none any more.
  ///
  /// @return when all have been given
  public CompletableFuture<Void> leave() {
    CompletableFuture<Void> left = new CompletableFuture<>();
    if (shared == null) {
      left.complete(null);
    } else {
      shared.cluster().leaveAll(() -> left.complete(null));
    }
    return left;
  }

  // What was there before.

  /// Brings back all that went on when the process before ended, and knows it when this returns.
  /// What had ended before is read behind it, or when somebody asks.
  ///
  /// @return how many runs and messages go on
  /// @throws IllegalStateException when the store cannot be read
  /// @throws IllegalArgumentException when a record is of a later version, or damaged
  public int restore() {
    CompletableFuture<Set<String>> tenants = new CompletableFuture<>();
    store.tenants(tenants::complete);
    List<CompletableFuture<?>> restored = new ArrayList<>();
    int open = 0;
    for (String tenant : tenants.join()) {
      Desk desk = make(tenant, store, Tenure.forever(), RunAudience.NOBODY);
      CompletableFuture<Loaded> loaded = new CompletableFuture<>();
      store.load(tenant, Shelf.OPEN, loaded::complete);
      List<RunRecord> records =
          switch (loaded.join()) {
            case Loaded.Records(Map<String, byte[]> byKey) -> decode(tenant, byKey);
            case Loaded.Failed(String message) -> throw new IllegalStateException(message);
          };
      desks.put(tenant, desk);
      open += (int) records.stream().filter(each -> !(each instanceof RunRecord.Stamp)).count();
      CompletableFuture<Void> known = new CompletableFuture<>();
      restored.add(known);
      desk.restore(records);
      desk.onShard(() -> known.complete(null));
    }
    restored.forEach(CompletableFuture::join);
    readPast();
    return open;
  }

  static List<RunRecord> decode(String tenant, Map<String, byte[]> byKey) {
    List<RunRecord> records = new ArrayList<>(byKey.size());
    byKey.forEach(
        (key, bytes) -> {
          try {
            records.add(RecordCodec.decode(tenant, bytes));
          } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                "tenant " + tenant + ", " + key + ": " + e.getMessage(), e);
          }
        });
    return records;
  }

  /// A desk that nobody asked for at the start, or whose store could not be asked.
  private void load(Desk desk) {
    store.load(
        desk.tenant(),
        Shelf.OPEN,
        answer -> {
          switch (answer) {
            case Loaded.Records(Map<String, byte[]> byKey) ->
                desk.restore(decode(desk.tenant(), byKey));
            case Loaded.Failed(String message) -> {
              log.warn("Runs of tenant {}: not read, tried again: {}", desk.tenant(), message);
              var _ =
                  desk.shard()
                      .loop()
                      .schedule(() -> load(desk), LOAD_AGAIN_MILLIS, TimeUnit.MILLISECONDS);
            }
          }
        });
  }

  private void readPast() {
    List<Desk> all = List.copyOf(desks.values());
    Thread thread =
        new Thread(
            () -> {
              for (Desk desk : all) {
                if (closed) {
                  return;
                }
                desk.book().past().load();
                desk.execute(desk::sweepPast);
              }
            },
            "past-runs");
    thread.setDaemon(true);
    thread.start();
    reader = thread;
  }

  /// Reads no more; the store may be closed behind it.
  @Override
  public void close() {
    closed = true;
    Thread thread = reader;
    boolean interrupted = false;
    while (thread != null && thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Starts a run.
  public void start(RunStart start, Consumer<RunAnswer> answer) {
    if (shared != null) {
      shared.start(start, judge(start.who()), answer);
      return;
    }
    Desk desk = desk(start.who().tenant());
    RunAnswer.Refused refused = judge(start.who());
    desk.execute(
        () -> {
          if (refused != null) {
            answer.accept(refused);
          } else {
            desk.start(start, answer);
          }
        });
  }

  /// Hands a message to an inbox.
  ///
  /// @param answer gets null once a worker or the queue has it, or why not
  public void send(Identity who, Request message, Consumer<RunAnswer.@Nullable Refused> answer) {
    if (shared != null) {
      shared.send(who, message, judge(who), answer);
      return;
    }
    Desk desk = desk(who.tenant());
    RunAnswer.Refused refused = judge(who);
    desk.execute(
        () -> {
          if (refused != null) {
            answer.accept(refused);
          } else {
            desk.send(message, answer);
          }
        });
  }

  /// Hands a message to an inbox that a worker takes now, if its queue has room; nobody hears if
  /// not.
  public void offer(Identity who, Request message) {
    if (judge(who) != null) {
      return;
    }
    if (shared != null) {
      shared.cluster().offer(who.tenant(), message);
    } else {
      Desk desk = desk(who.tenant());
      desk.execute(() -> desk.offer(message));
    }
  }

  /// A user has to fit in the frame that tells the worker who asks.
  private static RunAnswer.@Nullable Refused judge(Identity who) {
    return ByteBufUtil.utf8Bytes(who.user()) <= MAX_USER_BYTES
        ? null
        : new RunAnswer.Refused(
            ErrorCode.BAD_REQUEST, "user: too long (expected: <= 255 bytes)", 0);
  }

  /// Asks a run to end. Asking twice, and of a run that is being cancelled, is answered like the
  /// first time; the harder wish and the earlier deadline hold.
  ///
  /// @param answer `Done`, or `NOT_FOUND`, or `ALREADY_ENDED`
  public void cancel(String tenant, String runId, CancelOrder order, Consumer<RunAnswer> answer) {
    if (shared != null) {
      shared.cancel(tenant, runId, order, answer);
      return;
    }
    Desk desk = desk(tenant);
    desk.execute(() -> desk.cancel(runId, order, answer));
  }

  /// Ends all active runs of a tenant that `which` picks, at once.
  public void cancelAll(String tenant, Predicate<RunView> which, CancelOrder order) {
    if (shared != null) {
      shared.cluster().kill(tenant, which, order);
      return;
    }
    Desk desk = desks.get(tenant);
    if (desk != null) {
      desk.execute(() -> desk.kill(which, order));
    }
  }

  /// A run that is active or remembered, whoever may see it.
  public @Nullable RunView find(String tenant, String runId) {
    Run run = registry.find(topic(tenant, runId));
    if (run != null) {
      return run.view();
    }
    if (shared != null) {
      return shared.cluster().find(topic(tenant, runId));
    }
    return store.keeps() ? desk(tenant).book().past().find(runId) : null;
  }

  /// The topic of a run.
  public static String runTopic(String runId) {
    return Run.TOPICS + runId;
  }

  private static TopicKey topic(String tenant, String runId) {
    return new TopicKey(tenant, runTopic(runId));
  }

  /// The newest runs first, active and remembered.
  public void list(
      String tenant, Predicate<RunView> which, int limit, Consumer<List<RunView>> answer) {
    if (shared != null) {
      shared.cluster().list(tenant, which, limit, answer);
      return;
    }
    Desk desk = desk(tenant);
    desk.execute(() -> answer.accept(desk.book().list(which, limit)));
  }

  /// Whether `who` may see a run: who started it, and whoever may read its topic.
  public static boolean maySee(Identity who, RunView run) {
    return who.tenant().equals(run.tenant())
        && (isStarter(who, run) || who.subscribe().allows(run.topic()));
  }

  /// Whether `who` may cancel a run: who started it, and whoever may publish to its topic.
  public static boolean mayCancel(Identity who, RunView run) {
    return who.tenant().equals(run.tenant())
        && (isStarter(who, run) || who.publish().allows(run.topic()));
  }

  private static boolean isStarter(Identity who, RunView run) {
    return !run.user().isEmpty() && run.user().equals(who.user());
  }

  /// Hears of each change of one run's view from now on, first of the present one; at most until
  /// the run has ended. Nothing happens for a run that is not known.
  ///
  /// @return ends it, from any thread
  public Runnable watch(String tenant, String runId, Consumer<RunView> listener) {
    if (shared != null) {
      return shared.cluster().watch(topic(tenant, runId), listener);
    }
    Desk desk = desk(tenant);
    desk.execute(
        () -> {
          Run run = desk.book().find(runId);
          RunView past = run == null ? desk.book().past().find(runId) : null;
          if (run != null) {
            run.watch(listener);
          } else if (past != null) {
            listener.accept(past);
          }
        });
    return () ->
        desk.execute(
            () -> {
              Run run = desk.book().find(runId);
              if (run != null) {
                run.unwatch(listener);
              }
            });
  }

  /// Judges what is published to a topic `run/<id>`: a run takes events from the worker that holds
  /// it, and from nobody else. Topics of runs that are not known here are like any other.
  ///
  /// @param producer null when the publisher has no sequences
  /// @param type of the event
  /// @return null when it may be published, else why not
  public @Nullable ErrorCode judge(TopicKey topic, @Nullable Producer producer, String type) {
    Run run = registry.find(topic);
    if (run == null && shared != null) {
      return shared.cluster().judge(topic, producer, type);
    }
    return run == null || run.emissions().admits(producer, type, run.desk.nowMillis())
        ? null
        : ErrorCode.FENCED;
  }

  /// A place for a worker's connection at its tenant's desk.
  public WorkerSeat seat(String tenant, Producer producer, WorkerLink link) {
    return shared == null
        ? new LocalSeat(desk(tenant), new Seat(producer, link))
        : shared.cluster().seat(tenant, producer, link);
  }

  /// What a worker says. **Thread:** any; in the order of its calls.
  public interface WorkerSeat {
    /// Whether so much waits for the desk that nothing more should be said before
    /// [WorkerLink#onHeard].
    boolean isFull();

    /// @param pattern valid, and checked that the worker may
    void consume(String pattern, int credit);

    void accept(long lease);

    void refuse(long lease, boolean elsewhere, String message);

    void renew(List<Long> leases);

    /// All that the worker published before has its sequences.
    ///
    /// @param payload one checked JSON value, or empty
    void settle(long lease, Outcome outcome, String payload);

    /// The worker knows that the run is to end, and is alive.
    default void acknowledgeCancel(long lease) {
      renew(List.of(lease));
    }

    /// The connection is gone. What was accepted keeps its lease, for the worker to come back.
    void close();
  }
}
