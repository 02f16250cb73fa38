package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.hub.Clock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShiftedClockTest {
  private static final long DAY = Duration.ofDays(1).toMillis();

  @TempDir Path folder;

  @Test
  void isOffByWhatTheFileSaysAtThatMoment() throws IOException {
    Path file = Files.write(folder.resolve("clock"), bytes(DAY));
    Clock clock = ShiftedClock.by(file);
    assertThat(clock.millis()).isGreaterThanOrEqualTo(Clock.SYSTEM.millis() + DAY - 60_000);
    Files.write(file, bytes(-DAY), StandardOpenOption.WRITE);
    assertThat(clock.millis()).isLessThan(Clock.SYSTEM.millis());
  }

  @Test
  void countsDurationsAsTheyAre() throws IOException {
    Clock clock = ShiftedClock.by(Files.write(folder.resolve("clock"), bytes(DAY)));
    long before = Clock.SYSTEM.nanos();
    assertThat(clock.nanos()).isBetween(before, Clock.SYSTEM.nanos());
  }

  @Test
  void saysWhatItWasLookingFor() {
    assertThatThrownBy(() -> ShiftedClock.by(folder.resolve("none")))
        .isInstanceOf(UncheckedIOException.class)
        .hasMessageContaining("pushrod.test.clock")
        .hasMessageContaining("expected: eight bytes");
  }

  @Test
  void isTheSystemsWhereNoFileIsNamed() {
    assertThat(ShiftedClock.ofProcess()).isSameAs(Clock.SYSTEM);
  }

  private static byte[] bytes(long millis) {
    return ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(millis).array();
  }
}
