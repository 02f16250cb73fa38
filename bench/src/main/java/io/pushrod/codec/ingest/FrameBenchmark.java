package io.pushrod.codec.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import java.util.List;
import java.util.Map;
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

/// The bytes of a publish frame to the parts of its events; no checks, no log.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class FrameBenchmark {
  public static final int EVENTS = 100;

  /// State: one frame of 100 events, read again and again.
  private final ByteBuf frame = frame();

  private final IngestDecoder decoder = new IngestDecoder(1 << 20);
  private final PublishReader reader = new PublishReader();

  private static ByteBuf frame() {
    ByteBuf event = Unpooled.buffer();
    PublishWriter.event(
        event, List.of(Samples.TOPIC), Samples.TYPE, null, 0, Map.of(), Samples.payload());
    ByteBuf frame = Samples.allocator().directBuffer();
    PublishWriter writer = new PublishWriter();
    writer.begin(frame, 1);
    for (int i = 0; i < EVENTS; i++) {
      writer.add(event);
    }
    writer.end();
    event.release();
    return frame;
  }

  @TearDown
  public void tearDown() {
    frame.release();
  }

  @Benchmark
  @OperationsPerInvocation(EVENTS)
  public long decode() {
    frame.readerIndex(0);
    if (!(decoder.decode(frame) instanceof Publish publish)) {
      throw new IllegalStateException("frame: incomplete (expected: a publish frame)");
    }
    long sum = 0;
    reader.reset(publish);
    while (reader.next()) {
      sum += reader.sequence();
    }
    return sum;
  }
}
