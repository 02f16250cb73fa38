package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.pushrod.bench.jmh.HeldLoop;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.ingest.IngestDecoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Publish;
import io.pushrod.codec.ingest.PublishReader;
import io.pushrod.codec.ingest.PublishWriter;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.hub.TopicQuota;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.surface.DeclarationIntake;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

/// From the bytes of a publish frame to events in a topic's log, by the server's own code and under
/// the default settings: frame, event, JSON check, grant, type, duplicate check, sequence, encoded
/// event, retention. No socket, no reader, no acknowledgement frame.
///
/// It lies in this package because what it measures is not public.
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class IngestBenchmark {
  private static final int EVENTS_PER_FRAME = 100;
  private static final String TOPIC = "thread/42";
  private static final String TYPE = "token_chunk";
  private static final Identity BENCH =
      new Identity(
          "dev",
          "bench",
          Set.of(),
          Grants.ALL,
          Grants.ALL,
          Grants.NONE,
          Set.of(),
          0,
          Long.MAX_VALUE,
          "");

  /// Size of an event's JSON payload; the stored event is larger by what stands around it.
  @Param("120")
  public int payloadBytes;

  /// Where the shard's events are stored before they are done: `memory` is nowhere else; with
  /// `handed-over` each turn's commit goes to a store that keeps nothing and answers at once, so
  /// that what remains is the shard's own part of it.
  @Param("memory")
  public String store = "memory";

  private final ServerConfig config = ServerConfig.defaults(true);
  private final IngestDecoder decoder = new IngestDecoder(config.limits().ingestFrameBytes());
  private final PublishReader reader = new PublishReader();
  private final Producer producer = new Producer("bench", 1);
  private final ShardMetrics counts = new ShardMetrics();
  private final EventTypes types = new EventTypes(Map.of(TYPE, EventClass.DELTA));
  private final EventIntake intake =
      new EventIntake(
          new Greeted(BENCH, BENCH, producer, new Producers.State(producer.epoch(), false)),
          types,
          new DeclarationIntake(types, Readership.NONE),
          (topic, who, type) -> null,
          EventSchemas.NONE,
          config.limits().eventBytes());
  private final HeldLoop loop = new HeldLoop();
  private Stored stored = Stored.open("memory");
  private Shard shard = shard();
  private final TopicLog log =
      new TopicLog(
          new TopicKey("dev", TOPIC),
          1,
          new LogContext(
              new UnpooledByteBufAllocator(true),
              retention(config),
              config.env(),
              config.limits().producersPerTopic(),
              new LogContext.LogEvents() {
                @Override
                public void onDuplicate() {}

                @Override
                public void onTrimmed(long events) {}
              }));
  private ByteBuf frame = Unpooled.EMPTY_BUFFER;
  private long producerSequence;
  private long lastOutcome;

  private static Retention retention(ServerConfig config) {
    ServerConfig.Retention retention = config.retention();
    return new Retention(
        retention.bytes(), retention.events(), retention.ageMillis(), retention.lifecycleBytes());
  }

  /// All of it happens on the thread of the benchmark.
  private Shard shard() {
    HubSettings settings =
        new HubSettings(
            retention(config),
            config.env(),
            config.limits().producersPerTopic(),
            config.limits().inboxEntries(),
            config.limits().outboxEntries(),
            config.limits().outboxBytes(),
            config.fold().thresholdBytes(),
            config.timeouts().writeProgressNanos(),
            SocketWriters.EPOLL,
            Readership.NONE);
    Hub hub = new Hub(MemoryBudget.unbounded(), new TopicQuota(0), stored.storage());
    Shard made =
        new Shard(
            0,
            loop,
            hub,
            settings,
            Clock.SYSTEM,
            new MetricsRegistry("bench").shard(),
            new UnpooledByteBufAllocator(true));
    hub.start(List.of(made));
    return made;
  }

  @Setup
  public void setup() {
    shard.close();
    stored = Stored.open(store);
    shard = shard();
    String start = "{\"text\":\"";
    String payload = start + "x".repeat(payloadBytes - start.length() - 2) + "\"}";
    byte[] data = payload.getBytes(StandardCharsets.US_ASCII);
    ByteBuf event = Unpooled.buffer();
    PublishWriter.event(event, List.of(TOPIC), TYPE, null, 0, Map.of(), data);
    frame = PooledByteBufAllocator.DEFAULT.directBuffer();
    PublishWriter writer = new PublishWriter();
    writer.begin(frame, 1);
    for (int i = 0; i < EVENTS_PER_FRAME; i++) {
      writer.add(event);
    }
    writer.end();
    event.release();
  }

  @TearDown
  public void tearDown() {
    shard.close();
    stored.close();
    log.close();
    frame.release();
  }

  @Benchmark
  @OperationsPerInvocation(EVENTS_PER_FRAME)
  public long decodeSequenceAppend() {
    Publish publish = decode();
    List<Publication> publications = new ArrayList<>(publish.count());
    reader.reset(publish);
    while (reader.next()) {
      publications.add(intake.take(reader, frame, counts));
      producerSequence = reader.sequence();
    }
    shard.publish(new Batch(publications, producer, 0, frame.retain(), this::onCompleted));
    loop.runAll();
    while (lastOutcome >= 0 && stored.aheadEvents() > 0 && isTooFarAhead()) {
      if (loop.runAll() == 0) {
        Thread.onSpinWait();
      }
    }
    if (lastOutcome < 0 || isTooFarAhead()) {
      throw new IllegalStateException(
          "sequence: " + lastOutcome + " (expected: " + producerSequence + ")");
    }
    return lastOutcome;
  }

  private boolean isTooFarAhead() {
    return producerSequence - lastOutcome > stored.aheadEvents();
  }

  /// The same without batch, shard and metrics: what remains is the codec, the checks and the log.
  @Benchmark
  @OperationsPerInvocation(EVENTS_PER_FRAME)
  public long decodeAppend() {
    reader.reset(decode());
    long now = Clock.SYSTEM.millis();
    while (reader.next()) {
      lastOutcome = log.append(intake.take(reader, frame, counts), producer, now);
      producerSequence = reader.sequence();
    }
    if (lastOutcome != producerSequence) {
      throw new IllegalStateException(
          "sequence: " + lastOutcome + " (expected: " + producerSequence + ")");
    }
    return lastOutcome;
  }

  /// Each frame carries the producer sequences that are due, as if it had just come.
  private Publish decode() {
    frame.readerIndex(0);
    frame.setLong(IngestFrame.LENGTH_BYTES + 1, producerSequence + 1);
    if (!(decoder.decode(frame) instanceof Publish publish)) {
      throw new IllegalStateException("frame: incomplete (expected: a publish frame)");
    }
    return publish;
  }

  private void onCompleted(Batch batch) {
    lastOutcome = batch.outcome(EVENTS_PER_FRAME - 1, 0);
  }
}
