package io.pushrod.server;

import static io.pushrod.server.support.IngestClient.event;
import static io.pushrod.server.support.IngestClient.publishFrame;
import static io.pushrod.server.support.RunningServer.repeated;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("acceptance")
final class ProducerTest {
  private static final int TOPICS = 4;

  @RegisterExtension
  final RunningServer server = new RunningServer("server.event_loops=2", "limits.inbox_entries=16");

  @Test
  void answersDuplicatesWithTheirFirstSequences() {
    try (IngestClient client = ready(1)) {
      client.publish(1, note(0, 1), note(0, 2), note(1, 3));
      client.settled(3);
    }
    try (IngestClient client = new IngestClient(server.server().ingestPort())) {
      client.hello("agents", 1, server.token());

      assertThat(client.welcome().lastSequence()).isEqualTo(3);
      client.publish(1, note(0, 1), note(0, 2), note(1, 3), note(0, 4));
      List<Long> sequences = client.settled(4).sequences();
      assertThat(sequences.get(0)).isIn(repeated(1));
      assertThat(sequences.get(1)).isIn(repeated(2));
      assertThat(sequences.get(2)).isIn(repeated(1));
      assertThat(sequences.get(3)).isEqualTo(3);
    }
    assertThat(server.count(Counter.DUPLICATES)).isEqualTo(3);
    assertStored(0, List.of(1L, 2L, 4L));
  }

  @DisabledIfSystemProperty(
      named = "pushrod.test.backend",
      matches = "redis",
      disabledReason = "there what a producer has published is known by topic")
  @Test
  void storesNothingUnderAnOldSequenceWhateverItContains() {
    try (IngestClient client = ready(1)) {
      client.publish(1, note(0, 1), event("topic/0", "typing", "{}"), note(0, 3));
      client.settled(3);
    }
    try (IngestClient client = ready(1)) {
      client.publish(1, note(1, 91), note(0, 92), note(0, 93), note(0, 4));

      assertThat(client.settled(4).sequences()).containsExactly(0L, 0L, 2L, 3L);
    }
    assertStored(0, List.of(1L, 3L, 4L));
    assertStored(1, List.of());
  }

  @Test
  void refusesHolesWithinAConnection() {
    try (IngestClient client = ready(1)) {
      client.publish(1, note(0, 1));
      client.publish(3, note(0, 3));

      assertThat(client.settled(1).sequences()).containsExactly(1L);
      assertThat(client.goaway().code()).isEqualTo(4505);
    }
    assertStored(0, List.of(1L));
  }

  @Test
  void refusesToGoBackWithinAConnection() {
    try (IngestClient client = ready(1)) {
      client.publish(1, note(0, 1), note(0, 2));
      client.publish(2, note(0, 2));

      assertThat(client.goaway().code()).isEqualTo(4505);
    }
    assertStored(0, List.of(1L, 2L));
  }

  @DisabledIfSystemProperty(
      named = "pushrod.test.backend",
      matches = "redis",
      disabledReason = "there a connection may begin anywhere")
  @Test
  void refusesToSkipAheadAfterAReconnect() {
    try (IngestClient client = ready(1)) {
      client.publish(1, note(0, 1));
      client.settled(1);
    }
    try (IngestClient client = ready(1)) {
      client.publish(3, note(0, 3));

      assertThat(client.goaway().code()).isEqualTo(4505);
    }
  }

  @Test
  void beginsAnywhereWhenItKnowsNothing() {
    try (IngestClient client = ready(1)) {
      client.publish(500, note(0, 500));

      assertThat(client.settled(500).sequences()).containsExactly(1L);
    }
  }

  @Test
  void fencesAStaleEpochAtItsHello() {
    try (IngestClient newer = ready(2);
        IngestClient stale = new IngestClient(server.server().ingestPort())) {
      stale.hello("agents", 1, server.token());

      IngestFrame.Goaway goaway = stale.next(IngestFrame.Goaway.class);
      assertThat(goaway.code()).isEqualTo(4503);
      assertThat(goaway.reconnect()).isFalse();
      newer.publish(1, note(0, 1));
      assertThat(newer.settled(1).sequences()).containsExactly(1L);
    }
  }

  @Test
  void fencesAnOpenConnectionWhenANewerEpochComes() {
    try (IngestClient older = ready(1)) {
      older.publish(1, note(0, 1));
      older.settled(1);
      try (IngestClient newer = ready(2)) {
        older.publish(2, note(0, 2));
        assertThat(older.goaway().code()).isEqualTo(4503);

        newer.publish(1, note(0, 11));
        assertThat(newer.settled(1).sequences()).containsExactly(2L);
      }
    }
    assertStored(0, List.of(1L, 11L));
  }

  @Test
  void replacesAnOpenConnectionOfTheSameEpoch() {
    try (IngestClient older = ready(1);
        IngestClient newer = ready(1)) {
      IngestFrame.Goaway goaway = older.goaway();

      assertThat(goaway.code()).isEqualTo(4005);
      assertThat(goaway.reconnect()).isFalse();
      newer.publish(1, note(0, 1));
      assertThat(newer.settled(1).sequences()).containsExactly(1L);
    }
  }

  @Test
  void tellsProducersOfTwoTenantsApart() {
    try (IngestClient acme = ready(5);
        IngestClient globex = new IngestClient(server.server().ingestPort())) {
      globex.hello(
          "agents", 1, server.token("globex", List.of("*"), List.of("*"), Duration.ofHours(1)));

      assertThat(globex.welcome().lastSequence()).isZero();
      acme.publish(1, note(0, 1));
      globex.publish(1, note(0, 1));
      assertThat(acme.settled(1).sequences()).containsExactly(1L);
      assertThat(globex.settled(1).sequences()).containsExactly(1L);
    }
  }

  /// Each round cuts a connection somewhere, without having read its acks, and goes on over the
  /// other loop: with everything again, or with what the server has not taken.
  @Test
  void storesEachEventOnceHoweverOftenAndWhereverItIsSentAgain() {
    Random random = new Random(42);
    long settled = 0;
    long sent = 0;
    for (int round = 0; round < 150; round++) {
      IngestClient client = new IngestClient(server.server().ingestPort());
      client.hello("agents", 1, server.token());
      long last = client.welcome().lastSequence();
      assertThat(last).isBetween(settled, sent);
      long next = 1 + (round % 3 == 0 ? last : settled + random.nextLong(last - settled + 1));
      for (int frame = random.nextInt(1, 30); frame > 0; frame--) {
        int count = random.nextInt(1, 20);
        byte[] bytes = publishFrame(next, notes(next, count));
        boolean isCut = frame == 1 && round % 2 == 0;
        client.send(isCut ? Arrays.copyOf(bytes, bytes.length / 2) : bytes);
        next += count;
        sent = Math.max(sent, next - 1);
      }
      if (random.nextInt(3) == 0 && last > 0) {
        settled = last;
      }
      if (round % 5 == 0) {
        IngestClient other = ready(1);
        other.close();
      }
      client.cut();
    }
    finish(settled + 1, sent);

    for (int topic = 0; topic < TOPICS; topic++) {
      int t = topic;
      assertStored(
          t, LongStream.rangeClosed(1, sent).filter(n -> n % TOPICS == t).boxed().toList());
    }
  }

  /// Sends everything again and waits for it.
  private void finish(long first, long last) {
    try (IngestClient client = ready(1)) {
      for (long next = first; next <= last; next += 100) {
        int count = (int) Math.min(100, last - next + 1);
        client.publish(next, notes(next, count));
        assertThat(client.settled(next + count - 1).sequences())
            .allMatch(sequence -> sequence > 0 || repeated(1).contains(sequence));
      }
    }
  }

  private static byte[][] notes(long first, int count) {
    return LongStream.range(first, first + count)
        .mapToObj(n -> note(n % TOPICS, n))
        .toArray(byte[][]::new);
  }

  private static byte[] note(long topic, long n) {
    return event("topic/" + topic, "note", "{\"n\":" + n + "}");
  }

  /// That the log of a topic holds these and nothing else.
  private void assertStored(int topic, List<Long> numbers) {
    server.publish("topic/" + topic, "note", "{\"n\":-1}");
    WsClient reader = server.ws();
    reader.subscribe("topic/" + topic, ",\"after\":\"earliest\"");
    List<Long> stored =
        reader.nextEvents(numbers.size() + 1).stream().map(e -> Json.number(e, "n")).toList();
    assertThat(stored.subList(0, numbers.size())).isEqualTo(numbers);
    assertThat(stored.getLast()).isEqualTo(-1);
  }

  private IngestClient ready(long epoch) {
    return IngestClient.ready(server, "agents", epoch);
  }
}
