package io.pushrod.server.hub;

import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.bench.jmh.SingleShard;
import io.pushrod.bench.jmh.SinkConnection;
import io.pushrod.bench.jmh.StoredFormat;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Subscription;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A reader that comes to a topic and goes again: index, log, fan-out group, and the shard's turn
/// in which it joins.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SubscribeBenchmark {
  /// State: a shard, and a connection with another subscription to a topic of the same reader.
  private final SingleShard core = new SingleShard();

  private final SinkConnection connection = new SinkConnection(new EmbeddedChannel(), core.shard);
  private final TopicKey known = Samples.key();
  private final TopicKey fresh = new TopicKey(Samples.TENANT, "thread/43");

  /// The first topic has a reader throughout.
  public SubscribeBenchmark() {
    core.shard.subscribe(subscription(known));
    core.loop.runAll();
  }

  private Subscription subscription(TopicKey key) {
    Subscription subscription =
        new Subscription(
            new SinkConnection(connection.channel(), core.shard),
            key,
            StoredFormat.INSTANCE,
            EventFilter.ALL,
            OverflowPolicy.FOLD,
            StartPoint.NOW,
            false,
            _ -> {});
    subscription.connection().add(subscription);
    return subscription;
  }

  @TearDown
  public void tearDown() {
    core.close();
  }

  /// One reader more of a topic that has readers.
  @Benchmark
  public long another() {
    return comeAndGo(known);
  }

  /// The only reader of a topic.
  @Benchmark
  public long first() {
    return comeAndGo(fresh);
  }

  private long comeAndGo(TopicKey key) {
    Subscription subscription = subscription(key);
    core.shard.subscribe(subscription);
    core.loop.runAll();
    if (subscription.group() == null) {
      throw new IllegalStateException("subscription: beside the group (expected: in it)");
    }
    core.shard.unsubscribe(subscription);
    return subscription.slot();
  }
}
