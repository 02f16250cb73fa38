package io.pushrod.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Load;
import io.pushrod.bench.run.Topics;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Real servers and the publishers, against each other. What is not installed is skipped.
class JournalTest {
  private static final int TOPICS = 3;
  private static final int MAX_SECONDS = 120;

  @TempDir Path folder;

  private Place place(int payloadBytes) {
    return new Place(
        Path.of(System.getProperty("pushrod.root")),
        folder,
        new Topics("bench/t", TOPICS, 1),
        payloadBytes,
        1_000,
        MAX_SECONDS);
  }

  private JournalKind kind(String label) throws IOException, InterruptedException {
    assumeTrue(Runtime.getRuntime().availableProcessors() >= 2, "two cores");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/taskset")), "taskset");
    List<String> skipped = new ArrayList<>();
    List<JournalKind> present =
        JournalKind.present(List.of(JournalKind.of(label)), folder, skipped);
    assumeTrue(!present.isEmpty(), skipped.toString());
    return present.getFirst();
  }

  @ParameterizedTest
  @ValueSource(strings = {"nats", "nats-always", "redis-everysec", "redis-always"})
  void storesWhatItAcknowledges(String label) throws IOException, InterruptedException {
    JournalKind kind = kind(label);
    try (Journal journal = kind.start(place(200), List.of());
        Publishers publishers = Publishers.open(label, journal, 2, TOPICS)) {
      long flooded = publishers.flood(16, Duration.ofMillis(100));
      assertThat(flooded).isGreaterThan(TOPICS);
      Load load = new Load(TOPICS, 10, 100);
      assertThat(publishers.pace(load).getTotalCount()).isEqualTo(load.events());
      assertThat(publishers.acked()).isEqualTo(flooded + load.events());
      assertThat(journal.stored()).isEqualTo(publishers.acked());
      assertThat(journal.version()).containsPattern("[0-9]+\\.[0-9]+");
    }
    assertThat(folder.toFile().list()).allMatch(each -> each.endsWith(".log"));
  }

  @Test
  void endsWhenThePeerDoes() throws IOException, InterruptedException {
    Journal journal = kind("redis-everysec").start(place(200), List.of());
    try (Publishers publishers = Publishers.open("redis", journal, 1, TOPICS)) {
      publishers.flood(16, Duration.ZERO);
      journal.close();
      assertThatThrownBy(() -> publishers.flood(16, Duration.ofSeconds(10)))
          .isInstanceOf(BenchException.class)
          .hasMessageContaining("publish");
    }
  }

  @Test
  void namesTheJournalsThatItKnows() {
    assertThatThrownBy(() -> JournalKind.of("kafka"))
        .isInstanceOf(BenchException.class)
        .hasMessage(
            "--of: kafka (expected: pushrod-memory, pushrod-written, pushrod-synced,"
                + " pushrod-redis, nats, nats-always, redis-everysec, redis-always)");
  }

  @Test
  void needsAnEventForEachTopicASecond() {
    assertThatThrownBy(() -> new Cost.Pace(1, 1, 2, 0, 1).load(TOPICS))
        .isInstanceOf(BenchException.class)
        .hasMessage("--rate: 2 (expected: >= 3, one event to each topic)");
  }

  @Test
  void payloadIsJsonOfTheSizeWanted() {
    assertThat(place(20).payload()).hasSize(20).asString().isEqualTo("{\"text\":\"xxxxxxxxx\"}");
    assertThatThrownBy(() -> place(10))
        .isInstanceOf(BenchException.class)
        .hasMessage("--bytes: 10 (expected: >= 11, what its JSON takes)");
  }
}
