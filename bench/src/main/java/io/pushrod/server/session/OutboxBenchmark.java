package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.bench.jmh.SingleShard;
import io.pushrod.bench.jmh.SinkConnection;
import io.pushrod.bench.jmh.StoredFormat;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.log.TopicLog;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
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

/// What waits for a socket that pushed back: a control frame, and a subscription that lags.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class OutboxBenchmark {
  private final SingleShard core = new SingleShard();

  /// State: an outbox in which nothing else waits.
  private final Outbox outbox = new Outbox(256, 1 << 16, core.shard.memory());

  private final ByteBuf frame = Samples.allocator().directBuffer().writeZero(Samples.EVENT_BYTES);
  private final TopicLog log = Samples.log(1);
  private final Subscription subscription =
      new Subscription(
          new SinkConnection(new EmbeddedChannel(), core.shard),
          Samples.key(),
          StoredFormat.INSTANCE,
          EventFilter.ALL,
          OverflowPolicy.FOLD,
          StartPoint.NOW,
          false,
          _ -> {});

  public OutboxBenchmark() {
    subscription.begin(log, 0);
  }

  @TearDown
  public void tearDown() {
    outbox.close();
    frame.release();
    log.close();
    core.close();
  }

  @Benchmark
  public @Nullable ByteBuf offerPoll() {
    if (!outbox.offer(frame)) {
      throw new IllegalStateException("outbox: full (expected: room)");
    }
    return outbox.pollFrame();
  }

  /// A subscription that lags is queued, however often it is said, and has its turn.
  @Benchmark
  public @Nullable Subscription lagPoll() {
    outbox.lag(subscription);
    outbox.lag(subscription);
    return outbox.pollLagging();
  }
}
