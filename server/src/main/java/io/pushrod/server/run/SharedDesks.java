package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.log.Producer;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.DeskMessage.Reply;
import io.pushrod.server.run.DeskMessage.Wish;
import io.pushrod.server.run.RunStore.Loaded;
import io.pushrod.server.run.RunStore.Shelf;
import io.pushrod.server.run.wire.Wire;
import io.pushrod.server.session.Identity;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// What [Desks] does where several servers have them together.
///
/// **Thread:** any; answers come on the clerk's.
final class SharedDesks implements DeskRoom {
  private final Desks desks;
  private final RunStore store;
  private final ShardMetrics metrics;
  private final DeskCluster cluster;

  SharedDesks(
      Desks desks,
      RunStore store,
      Wire wire,
      DeskLeases leases,
      ClusterSettings of,
      Clock clock,
      Executor clerk,
      ShardMetrics metrics) {
    this.desks = desks;
    this.store = store;
    this.metrics = metrics;
    this.cluster = new DeskCluster(wire, leases, this, desks.settings(), of, clock, clerk, metrics);
  }

  DeskCluster cluster() {
    return cluster;
  }

  // Wishes.

  /// @param refused why not; null when it may be asked
  void start(RunStart start, RunAnswer.@Nullable Refused refused, Consumer<RunAnswer> answer) {
    if (refused != null) {
      cluster.execute(() -> answer.accept(refused));
      return;
    }
    cluster.ask(
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

  /// @param refused why not; null when it may be asked
  void send(
      Identity who,
      Request message,
      RunAnswer.@Nullable Refused refused,
      Consumer<RunAnswer.@Nullable Refused> answer) {
    if (refused != null) {
      cluster.execute(() -> answer.accept(refused));
      return;
    }
    cluster.ask(
        who.tenant(),
        new Wish.Send(message),
        reply ->
            answer.accept(
                !(reply instanceof Reply.Taken) && answer(reply) instanceof RunAnswer.Refused no
                    ? no
                    : null));
  }

  void cancel(String tenant, String runId, CancelOrder order, Consumer<RunAnswer> answer) {
    cluster.ask(tenant, new Wish.Cancel(runId, order), reply -> answer.accept(answer(reply)));
  }

  private static RunAnswer answer(Reply reply) {
    return switch (reply) {
      case Reply.Done(RunView run, boolean fresh) -> new RunAnswer.Done(run, fresh);
      case Reply.Refused(ErrorCode code, String message, long retryAfterMillis) ->
          new RunAnswer.Refused(code, message, retryAfterMillis);
      case Reply.Taken _, Reply.NotHere _ ->
          new RunAnswer.Refused(ErrorCode.INTERNAL, "desk: gave another answer", 0);
    };
  }

  // The room.

  @Override
  public void open(String tenant, Tenure tenure, Consumer<@Nullable Desk> opened) {
    Desk desk = desks.make(tenant, store.under(tenure.fence()), tenure, cluster::say);
    if (!store.keeps()) {
      opened.accept(desk);
      return;
    }
    store.load(
        tenant,
        Shelf.OPEN,
        answer -> {
          List<RunRecord> records = records(tenant, answer);
          if (records == null) {
            opened.accept(null);
          } else {
            desk.restore(records);
            desk.book().past().whenLoaded(all -> opened.accept(all ? desk : abandoned(desk)));
          }
        });
  }

  private static @Nullable Desk abandoned(Desk desk) {
    desk.onShard(desk::abandon);
    return null;
  }

  /// @return null when they cannot be had now
  private @Nullable List<RunRecord> records(String tenant, Loaded answer) {
    try {
      return answer instanceof Loaded.Records(Map<String, byte[]> byKey)
          ? Desks.decode(tenant, byKey)
          : null;
    } catch (IllegalArgumentException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      DeskHomes.log.error("Runs of tenant {}: not read: {}", tenant, e.getMessage());
      return null;
    }
  }

  @Override
  public void close(Desk desk, Runnable closed) {
    desk.onShard(
        () -> {
          desk.abandon();
          desk.records().whenStored(closed);
        });
  }

  @Override
  public void readRuns(BiConsumer<RunView, @Nullable Producer> each, Consumer<Boolean> done) {
    store.tenants(tenants -> readRuns(tenants, each, done));
  }

  private void readRuns(
      Set<String> tenants, BiConsumer<RunView, @Nullable Producer> each, Consumer<Boolean> done) {
    AtomicInteger left = new AtomicInteger(1);
    AtomicBoolean all = new AtomicBoolean(true);
    Consumer<Boolean> finish =
        read -> {
          if (!read) {
            all.set(false);
          }
          if (left.decrementAndGet() == 0) {
            done.accept(all.get());
          }
        };
    for (String tenant : tenants) {
      for (Shelf shelf : Shelf.values()) {
        left.incrementAndGet();
        store.load(
            tenant,
            shelf,
            answer -> {
              List<RunRecord> records = records(tenant, answer);
              if (records != null) {
                records.forEach(record -> read(record, each));
              }
              finish.accept(records != null);
            });
      }
    }
    finish.accept(true);
  }

  private static void read(RunRecord record, BiConsumer<RunView, @Nullable Producer> each) {
    if (record instanceof RunRecord.OfRun run) {
      boolean over = run.endedMillis() != 0;
      each.accept(over ? run.shown() : run.view(), run.end() != null ? null : run.producer());
    }
  }
}
