package io.pushrod.server.backplane;

import io.netty.util.concurrent.EventExecutor;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.ClusterTopics.Feed;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The topics of one shard: what is said in them, and which are followed.
///
/// **Thread:** the shard's, unless a method says otherwise.
final class TopicLoop {
  /// Parts of the topics that are looked at in turn, so that each is within the interval.
  private static final int PARTS = 10;

  private static final long MIN_TICK_MILLIS = 2;

  private final Backplane plane;
  private final EventExecutor executor;
  private final ShardMetrics metrics;
  private final LongSupplier nanos;
  private final Map<TopicKey, TopicCalls> outgoing = new HashMap<>();
  private final Map<TopicKey, Followed> followed = new HashMap<>();
  private final List<Followed> order = new ArrayList<>();
  private final List<TopicCalls> due = new ArrayList<>();
  private final Looks looks = new Looks(this);
  private final Recent recent = new Recent(this);
  private final long tickMillis;
  private int looked;
  private long calls;
  private volatile int following;
  private volatile long latencyNanos;
  private boolean isClosed;

  TopicLoop(Backplane plane, EventExecutor executor, ShardMetrics metrics, LongSupplier nanos) {
    this.plane = plane;
    this.executor = executor;
    this.metrics = metrics;
    this.nanos = nanos;
    this.tickMillis = Math.max(MIN_TICK_MILLIS, plane.config().reconcileMillis() / PARTS);
    executor.execute(this::tick);
  }

  static long freshEpoch() {
    return 1 + ThreadLocalRandom.current().nextLong(Cursor.EPOCH_BOUND - 1);
  }

  /// The counter of a fault.
  static Counter counter(RedisFault fault) {
    return switch (fault) {
      case UNKNOWN -> Counter.REDIS_FAULT_UNKNOWN;
      case NOT_NOW -> Counter.REDIS_FAULT_NOT_NOW;
      case NO_PRIMARY -> Counter.REDIS_FAULT_NO_PRIMARY;
      case OUT_OF_MEMORY -> Counter.REDIS_FAULT_OUT_OF_MEMORY;
      case NOT_SAFE -> Counter.REDIS_FAULT_NOT_SAFE;
      case FORBIDDEN -> Counter.REDIS_FAULT_FORBIDDEN;
      case BROKEN -> Counter.REDIS_FAULT_BROKEN;
    };
  }

  Backplane plane() {
    return plane;
  }

  ShardMetrics metrics() {
    return metrics;
  }

  long nanos() {
    return nanos.getAsLong();
  }

  /// Numbers calls of one topic in order.
  long nextCall() {
    return ++calls;
  }

  boolean isClosed() {
    return isClosed;
  }

  /// **Thread:** any.
  int following() {
    return following;
  }

  /// How long the last answer took. **Thread:** any.
  long latencyNanos() {
    return latencyNanos;
  }

  void answered(long tookNanos) {
    latencyNanos = tookNanos;
  }

  /// Does a task here, at once where this is the thread; after the end nothing. **Thread:** any.
  void execute(Runnable task) {
    if (executor.inEventLoop()) {
      task.run();
      return;
    }
    try {
      executor.execute(task);
    } catch (RejectedExecutionException e) {
      // The server has ended.
    }
  }

  /// Ends it, and waits until it has.
  void end() {
    if (!executor.isShuttingDown()) {
      executor.submit(this::close).awaitUninterruptibly();
    }
  }

  void schedule(Runnable task, long delay, TimeUnit unit) {
    if (!executor.isShuttingDown()) {
      var _ = executor.schedule(task, delay, unit);
    }
  }

  void say(TopicKey key, TopicCalls.Say say) {
    if (isClosed) {
      say.answer(Appended.failed(ErrorCode.UNAVAILABLE), 0);
      return;
    }
    outgoing
        .computeIfAbsent(
            key, added -> new TopicCalls(this, added, calls -> outgoing.remove(added, calls)))
        .add(say);
  }

  /// Begins a call once the tasks that are waiting have run: publications of one turn share it, and
  /// calls of many topics share a write to Redis.
  void callSoon(TopicCalls calls) {
    if (due.isEmpty()) {
      executor.execute(this::callDue);
    }
    due.add(calls);
  }

  private void callDue() {
    List<TopicCalls> all = List.copyOf(due);
    due.clear();
    if (!isClosed) {
      all.forEach(TopicCalls::callDue);
    }
  }

  void follow(TopicKey key, int tailBytes, Feed feed) {
    unfollow(key);
    Followed added = new Followed(this, key, tailBytes, feed, order.size());
    followed.put(key, added);
    order.add(added);
    following = order.size();
    added.begin();
  }

  void unfollow(TopicKey key) {
    Followed gone = followed.remove(key);
    if (gone != null) {
      Followed moved = order.removeLast();
      if (moved != gone) {
        order.set(gone.place, moved);
        moved.place = gone.place;
      }
      following = order.size();
      gone.end();
    }
  }

  @Nullable Followed followed(TopicKey key) {
    return followed.get(key);
  }

  /// Looks at all topics at once: notifications may be lost.
  void lookAtAll() {
    look(order);
    recent.check();
  }

  /// What this server knew lately.
  Recent recent() {
    return recent;
  }

  /// Gives a topic another epoch, as its sequences were given twice: nobody must go on as if they
  /// had not been.
  ///
  /// @param epoch that it had; it stays as it is when it has another by now
  CompletionStage<?> renew(TopicKey key, long epoch) {
    TopicNames names = TopicNames.of(plane.link(), key);
    return Script.RENEW.run(
        plane.link().commands(key.hashCode()),
        new byte[][] {names.meta()},
        Script.hex(epoch),
        Script.hex(freshEpoch()),
        plane.publishCommand(),
        Script.text(names.channel()));
  }

  /// Looks at topics for what notifications did not bring.
  void look(List<Followed> topics) {
    looks.look(topics);
  }

  /// Looks at the next part of the topics, answers who has waited long enough, and comes again.
  void tick() {
    if (isClosed) {
      return;
    }
    if (!outgoing.isEmpty()) {
      long now = nanos();
      List.copyOf(outgoing.values()).forEach(each -> each.expire(now));
    }
    if (plane.link().obstacle() == null) {
      recent.expire();
    }
    int part = (order.size() + PARTS - 1) / PARTS;
    looked = looked >= order.size() ? 0 : looked;
    int until = Math.min(order.size(), looked + part);
    look(order.subList(looked, until));
    looked = until;
    schedule(this::tick, tickMillis, TimeUnit.MILLISECONDS);
  }

  /// What is still to be said is answered as not stored, whether it will be or not.
  void close() {
    isClosed = true;
    List.copyOf(outgoing.values()).forEach(TopicCalls::giveUp);
    outgoing.clear();
    followed.values().forEach(Followed::end);
    followed.clear();
    order.clear();
    following = 0;
  }
}
