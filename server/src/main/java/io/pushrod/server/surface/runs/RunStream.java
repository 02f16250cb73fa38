package io.pushrod.server.surface.runs;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.server.dialect.DockrionEvents.Shape;
import io.pushrod.server.guard.Action;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.CancelOrder;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunAnswer;
import io.pushrod.server.run.RunView;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.NativeConnection;
import io.pushrod.server.surface.TopicPlaces;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// One stream of a run: what its connection reads, and when it ends.
///
/// **Thread:** the connection's shard.
/* A viewer always sees how a run ended. A stream that was to begin live may find that the run has ended meanwhile, and
 * then reads its last event after all. Where retention has taken that event, or the log with it, it is made again from
 * what the desk remembers. */
public final class RunStream implements Subscription.Begun {
  /// The reason of a run that its only viewer has left.
  private static final String LEFT = "client disconnected";

  private final Access access;
  private final Desks desks;
  private final TopicPlaces viewers;
  private final RunPlan plan;
  private final TopicKey topic;
  private @Nullable NativeConnection connection;
  private Runnable ready = () -> {};
  private boolean entered;
  private boolean begun;
  private boolean ended;
  private boolean limited;

  /// Where the subscription began; everything behind it was given.
  private long beganAt;

  RunStream(Access access, Desks desks, TopicPlaces viewers, RunPlan plan) {
    this.access = access;
    this.desks = desks;
    this.viewers = viewers;
    this.plan = plan;
    this.topic = new TopicKey(plan.run().tenant(), plan.run().topic());
  }

  /// The shape that its events come in.
  public Shape shape() {
    return plan.direct() ? Shape.DIRECT : Shape.MANAGED;
  }

  /// After which it ends; 0 for never.
  public long limitNanos() {
    return plan.limitNanos();
  }

  /// Begins to read, or closes the connection.
  ///
  /// @param onReady is told when the stream has its first cursor
  public void begin(NativeConnection of, Runnable onReady) {
    connection = of;
    ready = onReady;
    if (of.shard().isDraining()) {
      of.metrics().count(Counter.DRAIN_REFUSED);
      of.close(CloseReason.SHUTDOWN);
      return;
    }
    entered = plan.direct() || viewers.enter(topic);
    if (!entered) {
      of.metrics().count(Counter.LIMIT_VIEWERS_PER_RUN);
      of.close(CloseReason.TOO_MANY_CONNECTIONS);
      return;
    }
    subscribe(of, plan.start());
  }

  private void subscribe(NativeConnection of, StartPoint start) {
    Subscription subscription =
        new Subscription(
            of, topic, of.format(), plan.filter(), OverflowPolicy.FOLD, start, false, this);
    of.add(subscription);
    of.shard().subscribe(subscription);
  }

  @Override
  public void onBegun(Subscription subscription) {
    beganAt = subscription.sequence();
    if (!begun) {
      begun = true;
      ready.run();
    }
    RunView known = known();
    if (known.status().isTerminal() && !subscription.begunLog().isSealed()) {
      endWithout(subscription, known);
    }
  }

  private RunView known() {
    RunView now = desks.find(topic.tenant(), plan.run().id());
    return now == null ? plan.run() : now;
  }

  @Override
  public void onRefused(Subscription subscription, ErrorCode why) {
    subscription.connection().close(Access.closeReason(why));
  }

  /// Everything was given of a run that has ended. Told any number of times.
  public void onSealed(Subscription subscription) {
    if (ended) {
      return;
    }
    NativeConnection of = (NativeConnection) subscription.connection();
    long last = subscription.begunLog().lastSequence();
    boolean live = plan.start() instanceof StartPoint.Now;
    RunView known = known();
    if (live && beganAt == last) {
      beganAt = 0;
      later(
          of,
          () -> {
            of.shard().unsubscribe(subscription);
            subscribe(of, new StartPoint.AfterSequence(last - 1));
          });
    } else if (isLost(subscription.begunLog(), known)) {
      endWithout(subscription, known);
    } else {
      ended = true;
      later(of, of::finish);
    }
  }

  /// Whether retention has taken a run's last event, which was too long for the shelf.
  private static boolean isLost(TopicLog log, RunView run) {
    long last = run.lastSequence();
    return last > 0 && log.firstSequence() > last && log.shelved(last - 1, last + 1).isEmpty();
  }

  /// Ends with what the desk remembers.
  private void endWithout(Subscription subscription, RunView run) {
    ended = true;
    NativeConnection of = (NativeConnection) subscription.connection();
    later(
        of,
        () -> {
          ByteBuf json = LastEvent.of(run);
          ByteBuf out = of.channel().alloc().directBuffer(json.readableBytes() + 512);
          of.format()
              .append(
                  out,
                  subscription.begunLog(),
                  run.lastSequence() == 0 ? EventFormat.NO_SEQUENCE : run.lastSequence(),
                  json,
                  json.readerIndex(),
                  json.readableBytes());
          of.send(out);
          of.finish();
        });
  }

  /// The shard is at work on its readers now.
  private static void later(NativeConnection of, Runnable step) {
    of.shard()
        .loop()
        .execute(
            () -> {
              if (!of.isClosing()) {
                step.run();
              }
            });
  }

  /// The stream's time is over.
  ///
  /// @return whether that was not known yet
  public boolean endByLimit() {
    boolean first = !limited;
    limited = true;
    return first;
  }

  /// Cancels the run for its viewer.
  ///
  /// @param answer is told on the connection's loop
  /// @throws io.pushrod.codec.RequestException `KILL_SWITCH` while that is switched off
  public void cancel(CancelOrder order, Consumer<RunAnswer> answer) {
    NativeConnection of = connection;
    if (of != null) {
      access.check(of.metrics(), plan.who(), Action.RUN_CANCEL);
    }
    RunView now = desks.find(topic.tenant(), plan.run().id());
    if (of == null || now == null) {
      answer.accept(new RunAnswer.Refused(ErrorCode.NOT_FOUND, "run: gone", 0));
    } else if (!Desks.mayCancel(plan.who(), now)) {
      of.metrics().count(Counter.AUTH_GRANT);
      answer.accept(
          new RunAnswer.Refused(
              ErrorCode.FORBIDDEN, "run: not yours (expected: publish on its topic)", 0));
    } else {
      desks.cancel(
          topic.tenant(),
          now.id(),
          order,
          said -> of.shard().loop().execute(() -> answer.accept(said)));
    }
  }

  /// The user of the credential that the stream was opened with.
  public String user() {
    return plan.who().user();
  }

  /// The connection is gone.
  public void released() {
    if (entered && !plan.direct()) {
      viewers.leave(topic);
    }
    entered = false;
    if (plan.direct()) {
      abandon(desks, plan.run());
    }
  }

  /// Cancels a direct run whose client has left; one that has ended stays as it is.
  static void abandon(Desks desks, RunView run) {
    CancelOrder order = new CancelOrder(How.NOW, 0, run.user(), LEFT);
    desks.cancel(run.tenant(), run.id(), order, _ -> {});
  }
}
