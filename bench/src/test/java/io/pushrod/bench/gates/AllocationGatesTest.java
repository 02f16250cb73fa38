package io.pushrod.bench.gates;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.netty.util.ResourceLeakDetector;
import io.pushrod.codec.ingest.FrameBenchmark;
import io.pushrod.codec.sse.SseBenchmark;
import io.pushrod.codec.websocket.WebSocketBenchmark;
import io.pushrod.server.auth.TokenBenchmark;
import io.pushrod.server.hub.FoldBenchmark;
import io.pushrod.server.hub.SubscribeBenchmark;
import io.pushrod.server.index.IndexBenchmark;
import io.pushrod.server.log.EventEncoderBenchmark;
import io.pushrod.server.log.LogBenchmark;
import io.pushrod.server.session.OutboxBenchmark;
import io.pushrod.server.transport.ingest.IngestBenchmark;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What the operations of the hot path may allocate.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AllocationGatesTest {
  private static final String FILE = "/allocation-thresholds.properties";

  private final Properties thresholds = new Properties();
  private final List<Runnable> tearDowns = new ArrayList<>();
  private final List<Gate> gates = new ArrayList<>();
  private ResourceLeakDetector.Level leakDetection = ResourceLeakDetector.getLevel();

  /// Looking for leaks allocates at every access to a buffer.
  @BeforeAll
  void makeGates() throws IOException {
    leakDetection = ResourceLeakDetector.getLevel();
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    try (InputStream file = AllocationGatesTest.class.getResourceAsStream(FILE)) {
      thresholds.load(file);
    }
    codec();
    hub();
    log();
    session();
  }

  @AfterAll
  void tearDown() {
    tearDowns.forEach(Runnable::run);
    ResourceLeakDetector.setLevel(leakDetection);
  }

  private void codec() {
    FrameBenchmark frame = new FrameBenchmark();
    gates.add(new Gate("ingest.decode", FrameBenchmark.EVENTS, frame::decode));
    tearDowns.add(frame::tearDown);
    WebSocketBenchmark webSocket = new WebSocketBenchmark();
    gates.add(Gate.of("websocket.header", webSocket::writeHeader));
    gates.add(Gate.of("websocket.frame", webSocket::writeFrame));
    gates.add(Gate.of("websocket.parse", webSocket::parseClientFrame));
    tearDowns.add(webSocket::tearDown);
    SseBenchmark sse = new SseBenchmark();
    gates.add(Gate.of("sse.chunk", sse::writeChunk));
    tearDowns.add(sse::tearDown);
    EventEncoderBenchmark encoder = new EventEncoderBenchmark();
    gates.add(Gate.of("event.splice", encoder::splice));
    tearDowns.add(encoder::tearDown);
  }

  private void hub() {
    IngestBenchmark ingest = new IngestBenchmark();
    ingest.payloadBytes = 120;
    ingest.setup();
    gates.add(new Gate("ingest.decode-sequence-append", 100, ingest::decodeSequenceAppend));
    tearDowns.add(ingest::tearDown);
    IndexBenchmark index = new IndexBenchmark();
    gates.add(Gate.ofObject("index.find", index::find));
    gates.add(new Gate("fan-out.delivery", IndexBenchmark.MEMBERS, index::walk));
    tearDowns.add(index::tearDown);
    SubscribeBenchmark subscribe = new SubscribeBenchmark();
    gates.add(Gate.of("subscribe.another", subscribe::another));
    gates.add(Gate.of("subscribe.first", subscribe::first));
    tearDowns.add(subscribe::tearDown);
    FoldBenchmark fold = new FoldBenchmark();
    gates.add(new Gate("outbox.merge", FoldBenchmark.EVENTS, fold::merge));
    tearDowns.add(fold::tearDown);
  }

  private void log() {
    LogBenchmark log = new LogBenchmark();
    gates.add(Gate.of("log.append", log::append));
    gates.add(Gate.of("log.read-1", log::readOne));
    gates.add(new Gate("log.read-64", LogBenchmark.MANY, log::readMany));
    gates.add(new Gate("log.append-then-trim", LogBenchmark.MANY, log::appendThenTrim));
    tearDowns.add(log::tearDown);
  }

  private void session() {
    OutboxBenchmark outbox = new OutboxBenchmark();
    gates.add(Gate.ofObject("outbox.offer-poll", outbox::offerPoll));
    gates.add(Gate.ofObject("outbox.lag-poll", outbox::lagPoll));
    tearDowns.add(outbox::tearDown);
    TokenBenchmark token = new TokenBenchmark();
    gates.add(Gate.ofObject("token.hit", token::hit));
  }

  private Stream<Gate> gates() {
    return gates.stream();
  }

  private double allowed(Gate gate) {
    String line = thresholds.getProperty(gate.name());
    if (line == null) {
      throw new AssertionError(gate + ": no threshold (expected: a line in " + FILE + ")");
    }
    return Double.parseDouble(line);
  }

  private static void check(Gate gate, double allowed) {
    double measured = Allocation.bytesPerOperation(gate, allowed);
    if (measured > allowed) {
      throw new AssertionError(
          "%s: %.2f bytes per operation (expected: <= %s)".formatted(gate, measured, allowed));
    }
  }

  @ParameterizedTest
  @MethodSource("gates")
  void allocatesNoMoreThanAllowed(Gate gate) {
    check(gate, allowed(gate));
  }

  @Test
  void everyThresholdHasAGate() {
    assertThat(gates).extracting(Gate::name).containsAll(thresholds.stringPropertyNames());
  }

  @Test
  void seesWhatIsAllocated() {
    Gate allocating = Gate.ofObject("sixteen bytes", () -> new byte[16]);
    assertThatThrownBy(() -> check(allocating, 16))
        .hasMessageMatching("sixteen bytes: (24|32)\\.00 bytes per operation .expected: <= 16.0.");
  }
}
