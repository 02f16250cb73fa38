package io.pushrod.bench.peer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RedisTest {
  private static final int WINDOW = 64;

  @TempDir Path folder;

  @Test
  void waitsForTheReplyToEveryEvent() throws IOException, InterruptedException {
    assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "two cores");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "taskset");
    assumeTrue(Redis.missing().isEmpty(), Redis.missing().orElse(""));
    byte[] payload = "{\"text\":\"x\"}".getBytes(StandardCharsets.US_ASCII);
    try (Redis redis = Redis.start(folder, WINDOW, 1000, 60)) {
      assertThat(redis.version()).contains("v=");
      assertThat(redis.send(payload, 100, Duration.ZERO)).isBetween(1L, (long) WINDOW);
      assertThat(redis.send(payload, 100, Duration.ofMillis(50))).isPositive();
    }
    assertThat(folder.toFile().list()).containsExactly("redis.log");
  }
}
