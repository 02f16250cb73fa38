package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pushrod.bench.Transport;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

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

  @TempDir Path folder;

  private Path floor() throws IOException, InterruptedException {
    assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "two cores");
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
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "taskset");
    return program;
  }

  @ParameterizedTest
  @EnumSource(Transport.class)
  void readersVerifyEveryMessage(Transport transport) throws IOException, InterruptedException {
    byte[] message = EventShape.of(SAMPLE, 200).floorMessage(transport, ROUNDS);
    try (Floor floor = Floor.start(floor(), folder, message, READERS, RATE, MAX_SECONDS);
        Readers readers = Readers.start(folder, MAX_SECONDS)) {
      readers.open("floor", floor.door(transport), READERS, 0);
      floor.ready();
      Window window = Window.measure(floor, readers, READERS * ROUNDS, Load.one(ROUNDS, RATE));
      assertThat(window.deliveries()).isEqualTo(READERS * ROUNDS);
      assertThat(window.seen().bytes()).isEqualTo(200L * READERS * ROUNDS);
      assertThat(window.wireBytesPerDelivery()).isEqualTo(message.length);
      assertThat(window.seen().latencyNanos().getMaxValue()).isPositive();
      assertThat(window.cpuNanos()).isPositive();
    }
  }

  @Test
  void endsInTimeWhenNoReaderComes() throws IOException, InterruptedException {
    Path program = floor();
    Path message = folder.resolve("message");
    Files.writeString(message, "x");
    Process process =
        new ProcessBuilder(program.toString(), message.toString(), "1", "1", "1").start();
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
  }
}
