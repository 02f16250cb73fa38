package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Shards whose logs a disk has: nothing is told before it is stored.
final class DiskSequencerTest {
  private final FakeDisk disk = new FakeDisk();
  private ShardFixture fixture = started();
  private final TopicKey topic = fixture.ownedBy(1);

  private ShardFixture started() {
    Hub hub =
        new Hub(
            MemoryBudget.unbounded(),
            new TopicQuota(0),
            new Storage(disk, null, 64 * 1024, _ -> true));
    return new ShardFixture(2, ShardFixture.ample(), hub);
  }

  private void restart() {
    fixture.close();
    disk.write();
    fixture = started();
  }

  @AfterEach
  void close() {
    fixture.close();
  }

  /// Everybody goes on until nobody has anything to do.
  private void settle() {
    fixture.run();
    while (!disk.answers.isEmpty() || !disk.commits.isEmpty()) {
      disk.answer();
      disk.write();
      fixture.run();
    }
  }

  private FakeConnection reader(StartPoint start) {
    FakeConnection connection = fixture.connect(0);
    fixture.subscribe(0, connection, topic, start);
    return connection;
  }

  @Test
  void tellsNobodyBeforeItIsStored() {
    FakeConnection reader = reader(new StartPoint.Now());
    settle();
    AtomicBoolean done = new AtomicBoolean();
    fixture.publish(0, "note", "1", done, topic);
    fixture.run();
    disk.answer();
    fixture.run();
    assertThat(disk.commits).hasSize(1);
    assertThat(done).isFalse();
    assertThat(reader.texts()).isEmpty();

    disk.write();
    fixture.run();
    assertThat(done).isTrue();
    assertThat(reader.texts()).singleElement().asString().endsWith("\"data\":1}");
  }

  /// More than are remembered as absent while nothing is looked up.
  @Test
  void opensAllThatOneBatchNames() {
    TopicKey[] many = fixture.ownedBy(1, 12_000).toArray(TopicKey[]::new);
    AtomicBoolean done = new AtomicBoolean();
    fixture.publish(0, "note", "1", done, many);
    settle();
    assertThat(done).isTrue();
    assertThat(disk.records(many[0])).isEqualTo(1);
  }

  @Test
  void triesWhatWaitsForLogsOnceATurn() {
    List<TopicKey> topics = fixture.ownedBy(1, 20);
    List<AtomicBoolean> done = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      for (TopicKey each : topics) {
        AtomicBoolean one = new AtomicBoolean();
        done.add(one);
        fixture.publish(0, "note", "1", one, each);
      }
      fixture.run();
    }
    assertThat(disk.answers).hasSize(20);
    while (!disk.answers.isEmpty()) {
      disk.answers.remove().run();
      fixture.run();
    }
    settle();
    assertThat(done).allMatch(AtomicBoolean::get);
    assertThat(disk.records(topics.getFirst())).isEqualTo(20);
  }

  @Test
  void tellsWhoeverWaitsForTheDiskThatItIsNotKnown() {
    ByteBuf source = Unpooled.copiedBuffer("1", UTF_8);
    Publication note =
        new Publication(
            new TopicKey[] {topic},
            LogFixture.TYPES.of("note", null),
            Publication.NO_IDS,
            0,
            0,
            source,
            0,
            1);
    List<Long> outcomes = new ArrayList<>();
    fixture.publish(0, "note", "0", topic);
    settle();
    Batch batch =
        new Batch(List.of(note), source, done -> outcomes.add(done.outcome(0, 0))).awaited();
    assertThat(fixture.shard(0).publish(batch)).isTrue();
    fixture.run();
    fixture.shard(0).tick();
    assertThat(outcomes).isEmpty();

    fixture.nowNanos += fixture.hub.storage().refuseAfterNanos();
    fixture.shard(0).tick();
    assertThat(outcomes).containsExactly(Appended.failed(ErrorCode.OUTCOME_UNKNOWN));
    settle();
    assertThat(outcomes).hasSize(1);
    assertThat(Objects.requireNonNull(fixture.log(topic)).lastSequence()).isEqualTo(2);
    assertThat(fixture.shard(0).isSettled()).isTrue();
  }

  @Test
  void goesOnUnderTheSameEpochAfterARestart() {
    fixture.publish(0, "note", "1", topic);
    settle();
    long epoch = Objects.requireNonNull(fixture.log(topic)).epoch();
    restart();
    fixture.publish(0, "note", "2", topic);
    settle();
    assertThat(Objects.requireNonNull(fixture.log(topic)).epoch()).isEqualTo(epoch);
    assertThat(Objects.requireNonNull(fixture.log(topic)).lastSequence()).isEqualTo(2);
    FakeConnection reader = reader(new StartPoint.Earliest());
    settle();
    assertThat(reader.texts()).hasSize(2);
  }

  @Test
  void readsFromTheDiskWhatMemoryNoLongerHas() {
    String data = '"' + "x".repeat(1000) + '"';
    for (int i = 0; i < 400; i++) {
      fixture.publish(0, "note", data, topic);
      settle();
    }
    assertThat(Objects.requireNonNull(fixture.log(topic)).isAbsent(1)).isTrue();
    FakeConnection reader = reader(new StartPoint.Earliest());
    settle();
    List<String> ids = new ArrayList<>();
    for (int i = 1; i <= 400; i++) {
      ids.add("\"seq\":" + i + ",");
    }
    assertThat(reader.texts()).hasSize(400);
    for (int i = 0; i < 400; i++) {
      assertThat(reader.texts().get(i)).contains(ids.get(i));
    }
  }

  @Test
  void foldsEachEventOnceWhereAPageMeetsMemory() {
    String data = '"' + "x".repeat(1000) + '"';
    for (int i = 0; i < 200; i++) {
      fixture.publish(0, "note", data, topic);
      settle();
    }
    assertThat(Objects.requireNonNull(fixture.log(topic)).isAbsent(1)).isTrue();
    FakeConnection reader = fixture.connect(0);
    fixture.subscribe(
        0,
        reader,
        topic,
        ShardFixture.Format.STORED,
        EventFilter.ALL,
        OverflowPolicy.FOLD,
        StartPoint.EARLIEST,
        true);
    settle();
    assertThat(reader.texts()).hasSize(200).doesNotHaveDuplicates();
  }

  @Test
  void skipsMoreThanThePagesThatStayInMemory() {
    FakeConnection reader = fixture.connect(0);
    fixture.subscribe(0, reader, topic, StartPoint.NOW, OverflowPolicy.DROP_OLDEST);
    settle();
    reader.stall();
    String data = '"' + "x".repeat(10_000) + '"';
    for (int i = 0; i < 800; i++) {
      fixture.publish(0, "note", data, topic);
      settle();
    }

    reader.grant(Long.MAX_VALUE);
    fixture.run();
    int turns = 0;
    for (; !disk.isQuiet() && turns < 1_000; turns++) {
      disk.answer();
      disk.write();
      fixture.run();
    }

    assertThat(turns).isLessThan(100);
    assertThat(reader.texts()).anyMatch(text -> text.contains("overflow"));
    assertThat(reader.texts().getLast()).contains("\"seq\":800,");
  }

  @Test
  void leavesNothingBehindOfTopicsThatAreOnlyReadOf() {
    reader(new StartPoint.Now());
    settle();
    assertThat(disk.records(topic)).isZero();
    restart();
    assertThat(disk.commits).isEmpty();
  }

  @Test
  void answersARetryOnlyOnceTheFirstIsStored() {
    List<Long> outcomes = new ArrayList<>();
    publish(1, 0, outcomes);
    fixture.run();
    disk.answer();
    fixture.run();
    publish(1, 1, outcomes);
    fixture.run();
    assertThat(outcomes).isEmpty();
    settle();
    assertThat(outcomes).containsExactly(1L, 1L);
    assertThat(disk.records(topic)).isOne();
  }

  @Test
  void knowsARetryAfterARestart() {
    List<Long> outcomes = new ArrayList<>();
    publish(1, 0, outcomes);
    settle();
    restart();
    publish(1, 0, outcomes);
    publish(2, 0, outcomes);
    settle();
    assertThat(outcomes).containsExactly(1L, 0L, 2L);
    assertThat(disk.records(topic)).isEqualTo(2);
  }

  @Test
  void forgetsNothingOfAProducerByItsRetries() {
    List<Long> outcomes = new ArrayList<>();
    for (int n = 1; n <= 3; n++) {
      publish(n, 0, outcomes);
    }
    settle();
    publish(1, 0, outcomes);
    settle();
    restart();
    publish(2, 0, outcomes);
    publish(3, 0, outcomes);
    settle();
    assertThat(disk.records(topic)).isEqualTo(3);
  }

  @Test
  void keepsTheOrderOfAProducerWhileItsTopicIsOpened() {
    publish(1, 0, new ArrayList<>());
    settle();
    restart();
    List<Long> outcomes = new ArrayList<>();
    publish(2, 0, outcomes);
    fixture.run();
    publish(3, 0, outcomes);
    fixture.run();
    assertThat(outcomes).isEmpty();
    settle();
    assertThat(outcomes).containsExactly(2L, 3L);
  }

  @Test
  void takesNothingWhileNothingCanBeStored() {
    disk.obstacle = "disk: full";
    assertThat(fixture.publish(1, "note", "1", topic)).isFalse();
    disk.obstacle = null;
    assertThat(fixture.publish(1, "note", "1", topic)).isTrue();
    settle();
    assertThat(disk.records(topic)).isOne();
  }

  private void publish(long producerSequence, long handedOver, List<Long> outcomes) {
    ByteBuf source = Unpooled.directBuffer().writeByte('1');
    Publication publication =
        new Publication(
            new TopicKey[] {topic},
            LogFixture.TYPES.of("note", null),
            Publication.NO_IDS,
            0,
            producerSequence,
            source,
            0,
            1);
    Batch batch =
        new Batch(
            List.of(publication),
            new Producer("p", 1),
            handedOver,
            source,
            done -> outcomes.add(done.outcome(0, 0)));
    assertThat(fixture.shard(0).publish(batch)).isTrue();
  }
}
