package io.pushrod.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.PublishReader;
import io.pushrod.codec.ingest.PublishWriter;
import io.pushrod.codec.json.JsonScanner;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import java.nio.charset.StandardCharsets;
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
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// From the bytes of a publish frame to events in a log, with everything in between that every
/// event needs: frame, event, JSON check, type, topic, duplicate check, sequence, encoded event,
/// retention. No socket, no reader.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class IngestBenchmark {
  private static final int EVENTS_PER_FRAME = 64;
  private static final int FRAME_BYTES = 1 << 20;
  private static final String TOPIC = "thread/42";
  private static final String TYPE = "token_chunk";
  private static final Retention DEFAULT_RETENTION =
      new Retention(4 << 20, 10_000, TimeUnit.HOURS.toMillis(1), 64 << 10);

  /// Size of an event's JSON payload; with topic, type and ids around it, it is stored as some 130
  /// bytes more.
  @Param("120")
  public int payloadBytes;

  private final IngestDecoder decoder = new IngestDecoder(FRAME_BYTES);
  private final PublishReader reader = new PublishReader();
  private final Producer producer = new Producer("bench", 1);
  private final EventTypes types = new EventTypes(Map.of());
  private final TopicKey key = new TopicKey("dev", TOPIC);
  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private TopicLog log = newLog(key);
  private long producerSequence;

  private static TopicLog newLog(TopicKey key) {
    LogContext.LogEvents ignored =
        new LogContext.LogEvents() {
          @Override
          public void onDuplicate() {}

          @Override
          public void onTrimmed(long events) {}
        };
    return new TopicLog(
        key,
        1,
        new LogContext(PooledByteBufAllocator.DEFAULT, DEFAULT_RETENTION, "prod", 16, ignored));
  }

  @Setup
  public void setup() {
    String start = "{\"text\":\"";
    String payload = start + "x".repeat(payloadBytes - start.length() - 2) + "\"}";
    ByteBuf event = Unpooled.buffer();
    PublishWriter.event(
        event,
        List.of(TOPIC),
        TYPE,
        null,
        0,
        Map.of(),
        payload.getBytes(StandardCharsets.US_ASCII));
    frame = PooledByteBufAllocator.DEFAULT.directBuffer();
    PublishWriter writer = new PublishWriter();
    writer.begin(frame, 1);
    for (int i = 0; i < EVENTS_PER_FRAME; i++) {
      writer.add(event);
    }
    writer.end();
    event.release();
    log = newLog(key);
    producerSequence = 0;
  }

  @TearDown
  public void tearDown() {
    log.close();
    frame.release();
  }

  @Benchmark
  @OperationsPerInvocation(EVENTS_PER_FRAME)
  public long decodeSequenceAppend() {
    // Each frame carries the producer sequences that are due, as if it had just come.
    frame.readerIndex(0);
    frame.setLong(IngestFrame.LENGTH_BYTES + 1, producerSequence + 1);
    if (!(decoder.decode(frame) instanceof Publish publish)) {
      throw new IllegalStateException("frame: incomplete (expected: a publish frame)");
    }
    long millis = System.currentTimeMillis();
    long sequence = 0;
    reader.reset(publish);
    while (reader.next()) {
      producerSequence = reader.sequence();
      JsonScanner.check(frame, reader.payloadOffset(), reader.payloadLength());
      sequence = log.append(publication(), producer, millis);
    }
    if (sequence <= 0) {
      throw new IllegalStateException("append: " + sequence + " (expected: a sequence)");
    }
    return sequence;
  }

  private Publication publication() {
    String topic = text(reader.topicOffset(0), reader.topicLength(0));
    String type = text(reader.typeOffset(), reader.typeLength());
    return new Publication(
        new TopicKey[] {new TopicKey("dev", topic)},
        types.of(type, null),
        Publication.NO_IDS,
        reader.timestampMillis(),
        reader.sequence(),
        frame,
        reader.payloadOffset(),
        reader.payloadLength());
  }

  private String text(int offset, int length) {
    return frame.toString(offset, length, StandardCharsets.US_ASCII);
  }
}
