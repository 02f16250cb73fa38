package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;
import io.pushrod.bench.jmh.Samples;
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

/// A payload spliced into its envelope: JSON and frame header as a log stores them.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class EventEncoderBenchmark {
  /// State: one publication, encoded again and again under the next sequence.
  private final Publication publication = Samples.publication();

  private final EventEncoder encoder = new EventEncoder();
  private final EventEncoder.LogParts parts =
      EventEncoder.LogParts.of(Samples.key(), 1L << 40, "prod");
  private final ByteBuf out = Samples.allocator().directBuffer(1024);
  private long sequence = 1_000;

  @TearDown
  public void tearDown() {
    out.release();
  }

  @Benchmark
  public int splice() {
    sequence = sequence == 9_999 ? 1_000 : sequence + 1;
    int length = encoder.encode(parts, sequence, publication, Samples.NOW_MILLIS);
    encoder.copyTo(out, 0, publication);
    return length;
  }
}
