package io.pushrod.codec.websocket;

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

/// What a WebSocket frame of 200 bytes costs, apart from the socket.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class WebSocketBenchmark {
  private static final int MASK = 0x5ca1ab1e;

  /// State: an event's text, and a buffer that each write begins anew.
  private final ByteBuf text = Samples.allocator().directBuffer();

  private final ByteBuf out = Samples.allocator().directBuffer(1024);
  private final byte[] head = new byte[WebSocketFrames.MAX_HEADER_BYTES];

  /// State: the same as a client's frame, and the parser of its connection.
  private final ByteBuf masked = Samples.allocator().directBuffer();

  private final ByteBuf in = Samples.allocator().directBuffer(1024);
  private final WebSocketParser parser = WebSocketParser.ofClientFrames(1 << 16);
  private final Length length = new Length();

  /// Its payload is valid UTF-8 of one byte each.
  public WebSocketBenchmark() {
    for (int i = 0; i < Samples.EVENT_BYTES; i++) {
      text.writeByte('a' + i % 26);
    }
    WebSocketClientFrames.writeText(masked, MASK, text, 0, Samples.EVENT_BYTES);
  }

  @TearDown
  public void tearDown() {
    text.release();
    out.release();
    masked.release();
    in.release();
    parser.release();
  }

  @Benchmark
  public int writeHeader() {
    return WebSocketFrames.writeTextHeader(head, 0, Samples.EVENT_BYTES) + head[1];
  }

  @Benchmark
  public int writeFrame() {
    WebSocketFrames.writeText(out.clear(), text, 0, Samples.EVENT_BYTES);
    return out.writerIndex();
  }

  /// With the copy of the frame, which parsing unmasks in place.
  @Benchmark
  public int parseClientFrame() {
    in.clear().writeBytes(masked, 0, masked.writerIndex());
    parser.parse(in, length);
    return length.bytes;
  }

  private static final class Length implements WebSocketListener {
    int bytes;

    @Override
    public void onText(ByteBuf buf, int offset, int count) {
      bytes = count;
    }

    @Override
    public void onBinary(ByteBuf buf, int offset, int count) {}

    @Override
    public void onPing(ByteBuf buf, int offset, int count) {}

    @Override
    public void onPong(ByteBuf buf, int offset, int count) {}

    @Override
    public void onClose(int code, String reason) {}
  }
}
