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
import io.pushrod.server.run.DeskMessage.Reply;
import io.pushrod.server.run.DeskMessage.Wish;
import io.pushrod.server.run.wire.Wire;
import io.pushrod.server.session.Identity;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.Executor;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The desks of all tenants.
///
/// **Thread:** any. Answers come on the desk's shard; whoever lives elsewhere goes on on its own
/// loop.
public final class Desks {
  private static final int MAX_USER_BYTES = 255;

  private final Hub hub;
  private final RunSettings settings;
  private final EventTypes types;
  private final RunRegistry registry = new RunRegistry();
  private final PublishRates starts;
  private final ConcurrentMap<String, Desk> desks = new ConcurrentHashMap<>();

  /// Through which desks are reached; null when all are here.
  private @Nullable DeskCluster cluster;

  public Desks(Hub hub, RunSettings settings, EventTypes types) {
    this.hub = hub;
    this.settings = settings;
    this.types = types;
    this.starts = new PublishRates(settings.startsPerSecond(), settings.startsPerSecond());
  }

  public RunSettings settings() {
    return settings;
  }

  private Desk desk(String tenant) {
    return desks.computeIfAbsent(
        tenant, name -> desk(name, Tenure.forever(), RunAudience.NOBODY));
  }

  private Desk desk(String tenant, Tenure tenure, RunAudience audience) {
    return new Desk(
        tenant, hub.desk(tenant), settings, types, registry, starts, tenure, audience);
  }

  /// Desks that several servers have together: each is on one of them.
  ///
  /// @param clerk does one thing at a time, in order
  public static Desks shared(
      Hub hub,
      RunSettings settings,
      EventTypes types,
      Wire wire,
      DeskLeases leases,
      ClusterSettings of,
      Clock clock,
      Executor clerk,
      ShardMetrics metrics) {
    Desks desks = new Desks(hub, settings, types);
    DeskCluster cluster =
        new DeskCluster(wire, leases, desks.new Room(), settings, of, clock, clerk, metrics);
    desks.cluster = cluster;
    cluster.join();
    return desks;
  }

  /// To be called several times a second where desks are shared.
  public void tick() {
    if (cluster != null) {
      cluster.tick();
    }
  }

  /// Gives the desks of this server to the next one that wants them, and takes none any more.
  ///
  /// @return when all have been given
  public CompletableFuture<Void> leave() {
    CompletableFuture<Void> left = new CompletableFuture<>();
    if (cluster == null) {
      left.complete(null);
    } else {
      cluster.leaveAll(() -> left.complete(null));
    }
    return left;
  }

  /// The desks of this server among those of all.
  private final class Room implements DeskRoom {
    @Override
    public void open(String tenant, Tenure tenure, Consumer<@Nullable Desk> opened) {
      DeskCluster others = Objects.requireNonNull(cluster);
      Desk desk = desk(tenant, tenure, others::say);
      opened.accept(desk);
    }

    @Override
    public void close(Desk desk) {
      desk.execute(desk::abandon);
    }

    @Override
    public void readRuns(
        BiConsumer<RunView, @Nullable Producer> each, Consumer<Boolean> done) {
      done.accept(true);
    }
  }

  /// Starts a run.
  public void start(RunStart start, Consumer<RunAnswer> answer) {
    if (cluster != null) {
      startThere(cluster, start, answer);
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

  private static void startThere(
      DeskCluster there, RunStart start, Consumer<RunAnswer> answer) {
    RunAnswer.Refused refused = judge(start.who());
    if (refused != null) {
      there.execute(() -> answer.accept(refused));
      return;
    }
    there.ask(
        start.who().tenant(),
        new Wish.Start(
            start.who().user(),
            start.agent(),
            start.runId(),
            start.idempotencyKey(),
            start.furtherTopics(),
            start.provider(),
            start.direct(),
            start.input()),
        reply -> answer.accept(answer(reply)));
  }

  private static RunAnswer answer(Reply reply) {
    return switch (reply) {
      case Reply.Done(RunView run, boolean fresh) -> new RunAnswer.Done(run, fresh);
      case Reply.Refused(ErrorCode code, String message, long retryAfterMillis) ->
          new RunAnswer.Refused(code, message, retryAfterMillis);
      case Reply.Taken _, Reply.NotHere _ ->
          new RunAnswer.Refused(ErrorCode.INTERNAL, "desk: said something else", 0);
    };
  }

  /// Hands a message to an inbox.
  ///
  /// @param answer gets null once a worker or the queue has it, or why not
  public void send(Identity who, Request message, Consumer<RunAnswer.@Nullable Refused> answer) {
    if (cluster != null) {
      sendThere(cluster, who, message, answer);
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

  private static void sendThere(
      DeskCluster there,
      Identity who,
      Request message,
      Consumer<RunAnswer.@Nullable Refused> answer) {
    RunAnswer.Refused refused = judge(who);
    if (refused != null) {
      there.execute(() -> answer.accept(refused));
      return;
    }
    there.ask(
        who.tenant(),
        new Wish.Send(message),
        reply ->
            answer.accept(
                reply instanceof Reply.Taken
                    ? null
                    : answer(reply) instanceof RunAnswer.Refused no ? no : null));
  }

  /// Hands a message to an inbox that a worker takes now, if its queue has room; nobody hears if
  /// not.
  public void offer(Identity who, Request message) {
    if (judge(who) != null) {
      return;
    }
    if (cluster != null) {
      cluster.offer(who.tenant(), message);
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
    if (cluster != null) {
      cluster.ask(
          tenant, new Wish.Cancel(runId, order), reply -> answer.accept(answer(reply)));
      return;
    }
    Desk desk = desk(tenant);
    desk.execute(() -> desk.cancel(runId, order, answer));
  }

  /// Ends all active runs of a tenant that `which` picks, at once.
  public void cancelAll(String tenant, Predicate<RunView> which, CancelOrder order) {
    if (cluster != null) {
      cluster.kill(tenant, which, order);
      return;
    }
    Desk desk = desks.get(tenant);
    if (desk != null) {
      desk.execute(() -> desk.kill(which, order));
    }
  }

  /// A run that is active or remembered, whoever may see it.
  public @Nullable RunView find(String tenant, String runId) {
    TopicKey topic = topic(tenant, runId);
    Run run = registry.find(topic);
    if (run != null) {
      return run.view();
    }
    return cluster == null ? null : cluster.find(topic);
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
    if (cluster != null) {
      cluster.list(tenant, which, limit, answer);
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
    if (cluster != null) {
      return cluster.watch(topic(tenant, runId), listener);
    }
    Desk desk = desk(tenant);
    desk.execute(
        () -> {
          Run run = desk.book().find(runId);
          if (run != null) {
            run.watch(listener);
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
    if (run == null && cluster != null) {
      return cluster.judge(topic, producer, type);
    }
    return run == null || run.admits(producer, type, run.desk.nowMillis())
        ? null
        : ErrorCode.FENCED;
  }

  /// A place for a worker's connection at its tenant's desk.
  public WorkerSeat seat(String tenant, Producer producer, WorkerLink link) {
    DeskCluster others = cluster;
    return others == null
        ? new LocalSeat(desk(tenant), new Seat(producer, link))
        : others.seat(tenant, producer, link);
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
