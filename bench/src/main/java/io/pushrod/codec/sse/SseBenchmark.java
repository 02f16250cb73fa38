package io.pushrod.codec.sse;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.codec.Cursor;
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

/// What an event of 200 bytes costs as a chunk of an event stream, apart from the socket.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SseBenchmark {
  /// State: an event's text, the parts of its id, and a buffer that each write begins anew.
  private final ByteBuf text = Samples.allocator().directBuffer().writeZero(Samples.EVENT_BYTES);

  private final byte[] epoch = Cursor.epochText(1L << 40).getBytes(US_ASCII);
  private final ByteBuf out = Samples.allocator().directBuffer(1024);
  private long sequence;

  @TearDown
  public void tearDown() {
    text.release();
    out.release();
  }

  @Benchmark
  public int writeChunk() {
    sequence++;
    SseWriter.writeEventChunk(out.clear(), epoch, sequence, text, 0, Samples.EVENT_BYTES);
    return out.writerIndex();
  }
}
