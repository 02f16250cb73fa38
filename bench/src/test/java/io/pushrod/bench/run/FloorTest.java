package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pushrod.bench.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The floor and the readers, against each other.
class FloorTest {
  private static final int READERS = 20;
  private static final int ROUNDS = 10;
  private static final int RATE = 200;
  private static final int MAX_SECONDS = 60;
  private static final String SAMPLE =
      "{\"id\":\"k3f9x2-1\",\"seq\":1,\"topic\":\"t\",\"data\":"
          + new String(EventShape.sampleData(), StandardCharsets.US_ASCII)
          + '}';
  private static final EventShape SHAPE = EventShape.of(SAMPLE, 200);
  private static final long DELIVERIES = (long) READERS * ROUNDS;

  @TempDir Path folder;

  private FloorProgram c() throws IOException, InterruptedException {
    Path source = Path.of(System.getProperty("pushrod.root"), "bench/src/main/native/floor.c");
    Path program = folder.resolve("floor");
    try {
      Process compiler =
          new ProcessBuilder("cc", "-O2", "-o", program.toString(), source.toString())
              .inheritIO()
              .start();
      assertThat(compiler.waitFor()).isZero();
    } catch (IOException e) {
      assumeTrue(false, "a C compiler");
    }
    return FloorProgram.c(program);
  }

  private Floor start(FloorProgram program, Topics topics)
      throws IOException, InterruptedException {
    assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "two cores");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "taskset");
    return Floor.start(program, folder, SHAPE, topics, READERS, ROUNDS, MAX_SECONDS);
  }

  private Window measure(FloorProgram program, Crowd crowd, Topics topics, int burst)
      throws IOException, InterruptedException {
    try (Floor floor = start(program, topics);
        Readers readers = Readers.start(folder, MAX_SECONDS)) {
      crowd.enter(floor, readers);
      Load load = new Load(topics.count(), ROUNDS, RATE, burst);
      return Window.measure(floor, readers, DELIVERIES, load);
    }
  }

  private static void verified(Window window) {
    assertThat(window.deliveries()).isEqualTo(DELIVERIES);
    assertThat(window.seen().bytes()).isEqualTo(200L * DELIVERIES);
    assertThat(window.seen().latencyNanos().getMaxValue()).isPositive();
    assertThat(window.cpuNanos()).isPositive();
  }

  @ParameterizedTest
  @ValueSource(strings = {"ws", "sse", "mixed"})
  void readersVerifyEveryMessage(String transport) throws IOException, InterruptedException {
    verified(measure(c(), Crowd.of(transport, READERS), Topics.one("t"), 1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ws", "sse", "mixed"})
  void readersVerifyEveryMessageOfTheFloorInJava(String transport)
      throws IOException, InterruptedException {
    verified(measure(FloorProgram.java(), Crowd.of(transport, READERS), Topics.one("t"), 1));
  }

  @Test
  void spreadsReadersOfTheirOwnTopicsOverARound() throws IOException, InterruptedException {
    Topics topics = new Topics("t", READERS, 1);
    verified(measure(c(), Crowd.of("ws", READERS), topics, 1));
    verified(measure(FloorProgram.java(), Crowd.of("ws", READERS), topics, 1));
  }

  @Test
  void sendsEachEventOfABurstByItself() throws IOException, InterruptedException {
    Crowd crowd = Crowd.of("mixed", READERS);
    verified(measure(c(), crowd, Topics.one("t"), 5));
    verified(measure(FloorProgram.java(), crowd, Topics.one("t"), 5));
  }

  @Test
  void sendsBytesAsTheyGoOverTheWire() throws IOException, InterruptedException {
    Window window = measure(c(), Crowd.of("sse", READERS), Topics.one("t"), 1);
    assertThat(window.wireBytesPerDelivery())
        .isEqualTo(SHAPE.floorMessage(Transport.SSE, Topics.one("t"), ROUNDS).length);
  }

  /// Readers of a topic must all see the same times; those of a floor that spreads them do not.
  @Test
  void runIsInvalidWhenReadersOfATopicGetDifferentBytes() throws IOException, InterruptedException {
    try (Floor floor = start(c(), new Topics("t", READERS, 1));
        Readers readers = Readers.start(folder, MAX_SECONDS)) {
      int port = floor.door(Transport.WS).port();
      Door same = Door.of(Transport.WS, port, "/", List.of(), "\"ack\"", Topics.one("t"));
      Crowd.of("ws", READERS).enter(floor.name(), transport -> same, readers);
      floor.ready();
      Load load = new Load(READERS, ROUNDS, RATE);
      assertThatThrownBy(() -> Window.measure(floor, readers, DELIVERIES, load))
          .isInstanceOf(BenchException.class)
          .hasMessageContaining("altered=");
    }
  }

  @Test
  void endsInTimeWhenNoReaderComes() throws IOException, InterruptedException {
    String message = Files.writeString(folder.resolve("message"), "x").toString();
    for (FloorProgram program : List.of(c(), FloorProgram.java())) {
      List<String> command = new ArrayList<>(program.command());
      command.addAll(List.of(message, message, "1", "1"));
      Process process = new ProcessBuilder(command).start();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).as(program.label()).isTrue();
    }
  }
}
