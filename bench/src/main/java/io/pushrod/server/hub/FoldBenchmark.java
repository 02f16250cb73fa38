package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.bench.jmh.StoredFormat;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.EventFilter;
import java.util.concurrent.TimeUnit;
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

/// What lagging by 64 token chunks costs a shard: they are merged into one event. Time and bytes
/// are per chunk.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FoldBenchmark {
  public static final int EVENTS = 64;

  /// State: a log of 64 chunks of one text, and the reader's buffer.
  private final TopicLog log = Samples.log(EVENTS);

  private final Folder folder = new Folder(new ShardMetrics());
  private final ByteBuf out = Samples.allocator().directBuffer(8192);

  @TearDown
  public void tearDown() {
    log.close();
    out.release();
  }

  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public long merge() {
    long cursor =
        folder.fold(
            log, 0, Long.MAX_VALUE, StoredFormat.INSTANCE, EventFilter.ALL, 1 << 20, out.clear());
    return cursor + out.writerIndex();
  }
}
