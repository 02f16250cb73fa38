package io.pushrod.server.index;

import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.bench.jmh.SingleShard;
import io.pushrod.bench.jmh.SinkConnection;
import io.pushrod.bench.jmh.StoredFormat;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventRange;
import io.pushrod.server.session.Subscription;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A topic found in the index of a shard, and one event brought to all its readers there.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class IndexBenchmark {
  public static final int MEMBERS = 1_000;
  private static final int TOPICS = 10_000;

  private final SingleShard core = new SingleShard();

  /// State: an index of 10,000 topics, asked for each in turn by a key of its own.
  private final SubscriptionIndex index = new SubscriptionIndex(core.shard);

  private final TopicKey[] asked = new TopicKey[TOPICS];
  private int next;

  /// State: a log of 1,000 events, and 1,000 readers that lack the last.
  private final TopicLog log = Samples.log(MEMBERS);

  private final FanoutGroup group = new FanoutGroup(StoredFormat.INSTANCE, EventFilter.ALL);
  private final EventRange range = new EventRange(Samples.allocator());

  public IndexBenchmark() {
    for (int i = 0; i < TOPICS; i++) {
      index.findOrAdd(new TopicKey(Samples.TENANT, "thread/" + i));
      asked[i] = new TopicKey(Samples.TENANT, "thread/" + i);
    }
    EmbeddedChannel channel = new EmbeddedChannel();
    for (int i = 0; i < MEMBERS; i++) {
      Subscription subscription =
          new Subscription(
              new SinkConnection(channel, core.shard),
              log.key(),
              StoredFormat.INSTANCE,
              EventFilter.ALL,
              OverflowPolicy.FOLD,
              StartPoint.NOW,
              false,
              _ -> {});
      subscription.begin(log, log.lastSequence());
      group.join(subscription, log.lastSequence());
    }
  }

  @TearDown
  public void tearDown() {
    range.close();
    log.close();
    core.close();
  }

  @Benchmark
  public @Nullable ShardTopic find() {
    next = next + 1 == TOPICS ? 0 : next + 1;
    return index.find(asked[next]);
  }

  /// Time and bytes are per delivery.
  @Benchmark
  @OperationsPerInvocation(MEMBERS)
  public long walk() {
    group.skipTo(log.lastSequence() - 1);
    range.read(log, group.position(), Long.MAX_VALUE, group.format(), group.filter(), 1 << 16);
    int left = group.walk(range, MEMBERS, IndexBenchmark::unexpected);
    range.release();
    return left + group.position();
  }

  private static void unexpected(
      Subscription subscription, EventRange range, int taken, long position) {
    throw new IllegalStateException("socket: pushed back (expected: takes everything)");
  }
}
