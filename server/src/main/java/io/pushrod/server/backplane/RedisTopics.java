package io.pushrod.server.backplane;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.codec.EventClass;
import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.storage.ClusterTopics;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Topics in a Redis: it gives the sequences, and what is appended anywhere is heard by all who
/// follow.
///
/// **Thread:** any; what belongs to a topic goes on on its executor.
public final class RedisTopics implements ClusterTopics {
  private final Backplane plane;
  private final long answerNanos;
  private final Function<TopicKey, EventExecutor> owner;
  private final MetricsRegistry metrics;
  private final LongSupplier nanos;
  private final Map<EventExecutor, TopicLoop> loops = new ConcurrentHashMap<>();

  /// @param link stays the caller's
  /// @param answerNanos a publisher without sequences waits no longer than this for its answer
  /// @param owner of a topic: the loop on which it is sequenced where it is not shared
  /// @param emitted what a log stores, besides lifecycle events, once it keeps some types only
  /// @param nanos monotonic
  public RedisTopics(
      RedisLink link,
      StorageConfig.Redis config,
      long answerNanos,
      Function<TopicKey, EventExecutor> owner,
      Predicate<EventType> emitted,
      MetricsRegistry metrics,
      LongSupplier nanos) {
    this.plane = new Backplane(link, config, emitted, new Health(), new AtomicLong());
    this.answerNanos = answerNanos;
    this.owner = owner;
    this.metrics = metrics;
    this.nanos = nanos;
    link.onConnection(
        new ConnectionListener() {
          @Override
          public void onUp() {
            lookAtAll();
          }

          @Override
          public void onResubscribed() {
            lookAtAll();
          }
        });
    addGauges();
  }

  private void addGauges() {
    metrics.gauge(
        "pushrod_redis_up",
        "Whether the Redis that servers share answers.",
        () -> plane.link().obstacle() == null ? 1 : 0);
    metrics.gauge(
        "pushrod_redis_followed_topics",
        "Topics that are followed in Redis, for readers here.",
        () -> loops.values().stream().mapToLong(TopicLoop::following).sum());
    metrics.gauge(
        "pushrod_redis_waiting_bytes",
        "Records that wait for Redis to have them.",
        plane.waitingBytes()::get);
    metrics.gauge(
        "pushrod_redis_append_microseconds",
        "How long the slowest of the last appends of each event loop took.",
        () ->
            TimeUnit.NANOSECONDS.toMicros(
                loops.values().stream().mapToLong(TopicLoop::latencyNanos).max().orElse(0)));
  }

  private void lookAtAll() {
    loops.values().forEach(loop -> loop.execute(loop::lookAtAll));
  }

  private TopicLoop loop(TopicKey key) {
    return loops.computeIfAbsent(
        owner.apply(key), executor -> new TopicLoop(plane, executor, metrics.shard(), nanos));
  }

  // Appending.

  @Override
  public void append(
      TopicKey key, Publication event, ByteBuf record, @Nullable Sender sender, Appending answer) {
    TopicLoop loop = loop(key);
    boolean isEmitted =
        event.type().eventClass() == EventClass.LIFECYCLE || plane.emitted().test(event.type());
    TopicCalls.Say say =
        new TopicCalls.Say(
            ByteBufUtil.getBytes(record),
            isEmitted ? TopicCalls.Kind.EMITTED : TopicCalls.Kind.OTHER,
            sender,
            nanos.getAsLong() + answerNanos,
            answer);
    loop.execute(() -> loop.say(key, say));
  }

  @Override
  public void declare(TopicKey key, Readers readers, @Nullable Sender sender, Appending answer) {
    TopicLoop loop = loop(key);
    TopicCalls.Say say =
        new TopicCalls.Say(
            ReadersCodec.write(readers), TopicCalls.Kind.READERS, sender, Long.MAX_VALUE, answer);
    loop.execute(() -> loop.say(key, say));
  }

  @Override
  public void signal(TopicKey key, ByteBuf record) {
    byte[] message = new byte[1 + record.readableBytes()];
    message[0] = Answers.SIGNAL;
    record.getBytes(record.readerIndex(), message, 1, record.readableBytes());
    plane.link().publish(TopicNames.of(plane.link(), key).channel(), message);
  }

  @Override
  public boolean isFull() {
    return plane.waitingBytes().get() > plane.config().queueBytes();
  }

  // Reading.

  @Override
  public void follow(TopicKey key, int tailBytes, Feed feed) {
    TopicLoop loop = loop(key);
    loop.execute(() -> loop.follow(key, tailBytes, feed));
  }

  @Override
  public void unfollow(TopicKey key) {
    TopicLoop loop = loop(key);
    loop.execute(() -> loop.unfollow(key));
  }

  @Override
  public void open(TopicKey key, int tailBytes, Consumer<Opened> answer) {
    Script.OPEN
        .run(
            plane.link().commands(key.hashCode()),
            TopicNames.of(plane.link(), key).all(),
            new byte[0],
            Script.number(Followed.EMPTY_SECONDS),
            Script.number(tailBytes))
        .whenComplete((found, failure) -> answer.accept(opened(found, failure)));
  }

  private static Opened opened(@Nullable List<Object> found, @Nullable Throwable failure) {
    if (found == null || failure != null) {
      return new Opened.Failed(failure == null ? Obstacle.NO_ANSWER : Obstacle.of(failure));
    }
    Answers.Seen seen = Answers.seen(found);
    return seen == null ? new Opened.None() : new Opened.Found(seen.topic());
  }

  @Override
  public void read(TopicKey key, long from, int maxBytes, Consumer<Answer> answer) {
    TopicLoop loop = loop(key);
    loop.execute(
        () -> {
          Followed followed = loop.followed(key);
          long epoch = followed == null ? 0 : followed.epoch();
          if (followed == null || epoch == 0) {
            answer.accept(new Answer.Failed("topic: not followed"));
            return;
          }
          Script.READ
              .run(
                  plane.link().commands(key.hashCode()),
                  TopicNames.of(plane.link(), key).read(),
                  Script.hex(epoch),
                  Script.number(from),
                  Script.number(maxBytes))
              .whenComplete(
                  (found, failure) ->
                      loop.execute(() -> answer.accept(read(found, failure, followed, epoch))));
        });
  }

  private static Answer read(
      @Nullable List<Object> found, @Nullable Throwable failure, Followed followed, long epoch) {
    if (found == null || failure != null) {
      return new Answer.Failed(failure == null ? Obstacle.NO_ANSWER : Obstacle.of(failure));
    }
    Answers.Found records = Answers.found(found);
    return records == null || !followed.has(epoch)
        ? new Answer.Failed("topic: another one meanwhile")
        : new Answer.Read(records.page());
  }

  @Override
  public @Nullable String obstacle() {
    String of = plane.link().obstacle();
    return of == null ? plane.health().obstacle() : of;
  }

  @Override
  public boolean isOut() {
    return plane.link().obstacle() != null || plane.health().isOut();
  }

  @Override
  public void close() {
    loops.values().forEach(TopicLoop::end);
  }
}
