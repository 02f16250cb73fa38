package io.pushrod.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pushrod.bench.Transport;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.EventShape;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Readers;
import io.pushrod.bench.run.Topics;
import io.pushrod.bench.run.Window;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Other servers and the readers, against each other. What is not installed is skipped.
class PeerTest {
  private static final int READERS = 20;
  private static final int ROUNDS = 10;
  private static final int RATE = 100;
  private static final int MAX_SECONDS = 120;
  private static final Path ROOT = Path.of(System.getProperty("pushrod.root"));
  private static final EventShape SHAPE =
      EventShape.of(
          "{\"id\":\"k3f9x2-1\",\"seq\":1,\"topic\":\"t\",\"data\":"
              + new String(EventShape.sampleData(), StandardCharsets.US_ASCII)
              + '}',
          200);

  @TempDir Path folder;

  private Peer start(String name, Topics topics) throws IOException, InterruptedException {
    assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "two cores");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "taskset");
    PeerKind kind = PeerKind.of(name);
    Optional<String> missing = kind.missing(ROOT);
    assumeTrue(missing.isEmpty(), missing.orElse(""));
    return kind.start(new Setup(ROOT, folder, topics, SHAPE, MAX_SECONDS));
  }

  @ParameterizedTest
  @CsvSource({"nchan, WS", "nchan, SSE", "node-ws, WS", "centrifugo, WS", "mercure, SSE"})
  void readersVerifyEveryEvent(String name, Transport transport)
      throws IOException, InterruptedException {
    try (Peer peer = start(name, Topics.one("t"));
        Readers readers = Readers.start(folder, MAX_SECONDS)) {
      readers.open(name, peer.door(transport), READERS, 0);
      peer.ready();
      Window window = Window.measure(peer, readers, READERS * ROUNDS, Load.one(ROUNDS, RATE));
      assertThat(window.deliveries()).isEqualTo(READERS * ROUNDS);
      assertThat(window.seen().bytes()).isGreaterThanOrEqualTo(200L * READERS * ROUNDS);
      assertThat(window.seen().latencyNanos().getTotalCount()).isEqualTo(READERS * ROUNDS);
      assertThat(window.cpuNanos()).isPositive();
      assertThat(peer.version()).containsPattern("[0-9]+\\.[0-9]+");
      // Sequences go on where they were.
      Window.measure(peer, readers, READERS * ROUNDS, Load.one(ROUNDS, RATE));
    }
    assertThat(folder.toFile().list()).allMatch(each -> each.endsWith(".log"));
  }

  @ParameterizedTest
  @CsvSource({"nchan, WS", "nchan, SSE", "node-ws, WS", "centrifugo, WS", "mercure, SSE"})
  void eachReaderGetsItsOwnTopic(String name, Transport transport)
      throws IOException, InterruptedException {
    try (Peer peer = start(name, new Topics("t", READERS, 1));
        Readers readers = Readers.start(folder, MAX_SECONDS)) {
      readers.open(name, peer.door(transport), READERS, 0);
      Load load = new Load(READERS, ROUNDS, RATE);
      Window window = Window.measure(peer, readers, load.events(), load);
      assertThat(window.deliveries()).isEqualTo(READERS * ROUNDS);
    }
  }

  @Test
  void refusesTheTransportThatAPeerDoesNotSpeak() throws IOException, InterruptedException {
    try (Peer peer = start("node-ws", Topics.one("t"))) {
      assertThatThrownBy(() -> peer.door(Transport.SSE))
          .isInstanceOf(BenchException.class)
          .hasMessage("node-ws: speaks no sse (expected: [ws])");
    }
  }

  @Test
  void namesThePeersThatItKnows() {
    assertThatThrownBy(() -> PeerKind.of("socketio"))
        .isInstanceOf(BenchException.class)
        .hasMessage("--vs: socketio (expected: nchan, node-ws, centrifugo, mercure)");
  }
}
