package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TypeName;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.ring.Kernel;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// One shard whose fan-out goes through a ring.
class QueuedFanoutTest {
  private static final int MANY = 1200;

  private final ShardFixture fixture = new ShardFixture(1, ShardFixture.ample()).withRings();

  @AfterEach
  void givesAllMemoryBack() {
    fixture.close();
    assertThat(fixture.usedBytes()).isZero();
  }

  private static TopicKey topic(int i) {
    return new TopicKey("acme", "thread/" + i);
  }

  private FakeConnection reader(TopicKey... topics) {
    return reader(ShardFixture.Format.STORED, topics);
  }

  private FakeConnection reader(ShardFixture.Format format, TopicKey... topics) {
    FakeConnection connection = fixture.connect(0);
    for (TopicKey topic : topics) {
      fixture.subscribe(
          0,
          connection,
          topic,
          format,
          EventFilter.ALL,
          OverflowPolicy.FOLD,
          StartPoint.NOW,
          false);
    }
    fixture.run();
    return connection;
  }

  private void publish(int text, TopicKey... topics) {
    assertThat(fixture.publish(0, "note", "{\"text\":\"" + text + "\"}", topics)).isTrue();
  }

  private static List<String> texts(FakeConnection connection) {
    return connection.texts().stream()
        .map(json -> json.startsWith("{\"op\"") ? "op" : Json.text(json, "text"))
        .toList();
  }

  private int entered() {
    return fixture.kernel(0).entered;
  }

  @Test
  void writesToAllReadersOfATopicByOneCall() {
    TopicKey topic = topic(0);
    List<FakeConnection> readers = IntStream.range(0, 100).mapToObj(_ -> reader(topic)).toList();
    int before = entered();
    publish(1, topic);
    fixture.run();
    assertThat(entered() - before).isEqualTo(1);
    assertThat(readers).allSatisfy(reader -> assertThat(texts(reader)).containsExactly("1"));
    assertThat(fixture.count(Counter.SOCKET_WRITES)).isEqualTo(100);
    assertThat(fixture.count(Counter.DELIVERIES)).isEqualTo(100);
    assertThat(fixture.count(Counter.RING_SUBMITS)).isEqualTo(1);
  }

  @Test
  void writesToTheReadersOfAllTopicsOfATurnByOneCall() {
    List<FakeConnection> readers = IntStream.range(0, 100).mapToObj(i -> reader(topic(i))).toList();
    int before = entered();
    for (int i = 0; i < 100; i++) {
      publish(i, topic(i));
    }
    fixture.run();
    assertThat(entered() - before).isEqualTo(1);
    for (int i = 0; i < 100; i++) {
      assertThat(texts(readers.get(i))).containsExactly(String.valueOf(i));
    }
  }

  @Test
  void writesRenderedBytesOfManyTopicsByFewCalls() {
    List<FakeConnection> readers =
        IntStream.range(0, 200)
            .mapToObj(i -> reader(ShardFixture.Format.RENDERED, topic(i)))
            .toList();
    int before = entered();
    for (int round = 0; round < 3; round++) {
      for (int i = 0; i < 200; i++) {
        publish(i, topic(i));
      }
      fixture.run();
    }
    assertThat(entered() - before).isBetween(3, 15);
    for (int i = 0; i < 200; i++) {
      String text = String.valueOf(i);
      assertThat(texts(readers.get(i))).containsExactly(text, text, text);
    }
  }

  @Test
  void submitsBeforeItIsFull() {
    TopicKey shared = topic(0);
    List<FakeConnection> readers = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      readers.add(reader(shared, topic(i + 1)));
    }
    publish(-1, shared);
    for (int i = 0; i < MANY; i++) {
      publish(i, topic(i + 1));
    }
    fixture.run();
    for (int i = 0; i < MANY; i++) {
      assertThat(texts(readers.get(i))).containsExactlyInAnyOrder("-1", String.valueOf(i));
    }
    assertThat(fixture.count(Counter.SOCKET_WRITES)).isEqualTo(2 * MANY);
  }

  @Test
  void submitsBeforeAConnectionGetsASecondTopic() {
    FakeConnection both = reader(topic(0), topic(1));
    FakeConnection first = reader(topic(0));
    int before = entered();
    publish(1, topic(0));
    publish(2, topic(1));
    fixture.run();
    assertThat(entered() - before).isEqualTo(2);
    assertThat(texts(both)).containsExactly("1", "2");
    assertThat(texts(first)).containsExactly("1");
  }

  @Test
  void finishesAFrameThatWasCutShortBeforeTheNextTopic() {
    FakeConnection both = reader(topic(0), topic(1));
    both.grant(10);
    publish(1, topic(0));
    publish(2, topic(1));
    fixture.run();
    assertThat(texts(both)).isEmpty();
    both.grant(Long.MAX_VALUE);
    fixture.run();
    assertThat(texts(both)).containsExactlyInAnyOrder("1", "2");
    publish(3, topic(0));
    publish(4, topic(1));
    fixture.run();
    assertThat(texts(both)).endsWith("3", "4");
  }

  @Test
  void servesReadersThatMovedIntoTheSlotOfOneThatLeft() {
    TopicKey topic = topic(0);
    List<FakeConnection> readers = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      readers.add(reader(topic, topic(1)));
    }
    for (int i = 0; i < 50; i += 3) {
      readers.get(i).grant(i % 2 == 0 ? 0 : 20);
    }
    publish(1, topic);
    publish(2, topic(1));
    publish(3, topic);
    fixture.run();
    for (int i = 0; i < 50; i += 3) {
      readers.get(i).grant(Long.MAX_VALUE);
    }
    fixture.run();
    assertThat(readers)
        .allSatisfy(reader -> assertThat(texts(reader)).containsExactlyInAnyOrder("1", "2", "3"));
  }

  @Test
  void submitsBeforeAGoodbye() {
    TopicKey owned = new TopicKey("acme", "owned/1");
    declare(owned, "ann");
    FakeConnection connection = fixture.connect(0);
    connection.identify(ann());
    for (TopicKey topic : List.of(topic(0), owned)) {
      fixture.subscribe(0, connection, topic, StartPoint.NOW);
    }
    fixture.run();
    publish(1, topic(0));
    declare(owned, "bob");
    publish(2, owned);
    fixture.run();
    assertThat(texts(connection)).containsExactly("1", "op");
  }

  private void declare(TopicKey topic, String user) {
    Publication declaration =
        Publication.declaring(
            new TopicKey[] {topic},
            LogFixture.TYPES.of(TypeName.TOPIC_READERS, null),
            0,
            new Readers(true, Set.of(user), Set.of()));
    assertThat(
            fixture
                .shard(0)
                .publish(new Batch(List.of(declaration), Unpooled.EMPTY_BUFFER, _ -> {})))
        .isTrue();
  }

  private static Identity ann() {
    return new Identity(
        "acme",
        "ann",
        Set.of(),
        Grants.ALL,
        Grants.NONE,
        Grants.NONE,
        Set.of(),
        0,
        Long.MAX_VALUE,
        "");
  }

  @Test
  void holdsNothingForTopicsWhoseReadersAreAllSlow() {
    TopicKey shared = topic(0);
    List<FakeConnection> readers = new ArrayList<>();
    for (int i = 0; i < MANY; i++) {
      readers.add(reader(shared, topic(i + 1)));
    }
    readers.forEach(FakeConnection::stall);
    publish(-1, shared);
    fixture.run();
    for (int i = 0; i < MANY; i++) {
      publish(i, topic(i + 1));
    }
    fixture.run();
    readers.forEach(reader -> reader.grant(Long.MAX_VALUE));
    fixture.run();
    for (int i = 0; i < MANY; i++) {
      assertThat(texts(readers.get(i))).containsExactlyInAnyOrder("-1", String.valueOf(i));
    }
    assertThat(fixture.count(Counter.INTERNAL_ERRORS)).isZero();
  }

  @Test
  void writesOneByOneWhatTheKernelDoesNotTake() {
    TopicKey topic = topic(0);
    List<FakeConnection> readers = IntStream.range(0, 10).mapToObj(_ -> reader(topic)).toList();
    fixture.kernel(0).next(4);
    for (int i = 0; i < 50; i++) {
      fixture.kernel(0).next(-Kernel.EAGAIN);
    }
    publish(1, topic);
    fixture.run();
    assertThat(readers).allSatisfy(reader -> assertThat(texts(reader)).containsExactly("1"));
    assertThat(fixture.count(Counter.RING_FALLBACKS)).isEqualTo(6);
    assertThat(fixture.count(Counter.SOCKET_WRITES)).isEqualTo(10);
    assertThat(fixture.shard(0).hasRing()).isTrue();
  }

  @Test
  void goesOnWithoutARingThatFailed() {
    TopicKey topic = topic(0);
    List<FakeConnection> readers = IntStream.range(0, 10).mapToObj(_ -> reader(topic)).toList();
    fixture.kernel(0).next(-9);
    publish(1, topic);
    fixture.run();
    publish(2, topic);
    fixture.run();
    assertThat(readers).allSatisfy(reader -> assertThat(texts(reader)).containsExactly("1", "2"));
    assertThat(fixture.shard(0).hasRing()).isFalse();
    assertThat(fixture.kernel(0).hasAllBack()).isTrue();
    assertThat(fixture.count(Counter.INTERNAL_ERRORS)).isEqualTo(1);
  }

  @Test
  void cutsTheConnectionsOfWhichNobodyKnowsWhatTheyGot() {
    TopicKey topic = topic(0);
    FakeConnection reader = reader(topic);
    fixture.kernel(0).overflows();
    publish(1, topic);
    fixture.run();
    assertThat(reader.isOpen()).isFalse();
    assertThat(reader.subscriptions()).isEmpty();
  }

  @Test
  void cutsAConnectionWhoseSocketIsBroken() {
    TopicKey topic = topic(0);
    FakeConnection broken = reader(topic);
    FakeConnection whole = reader(topic);
    broken.breakDown();
    publish(1, topic);
    fixture.run();
    assertThat(broken.isOpen()).isFalse();
    assertThat(texts(whole)).containsExactly("1");
    publish(2, topic);
    fixture.run();
    assertThat(texts(whole)).containsExactly("1", "2");
  }

  @Test
  void leavesOutASocketThatIsClosedAndWhoseNumberIsAnothers() throws Exception {
    TopicKey topic = topic(0);
    FakeConnection closed = reader(topic);
    closed.socket().close(); // the number is free now, and nobody has told us
    FakeConnection other = reader(topic);
    publish(1, topic);
    fixture.run();
    assertThat(texts(other)).containsExactly("1");
    assertThat(closed.isOpen()).isFalse();
  }

  @Test
  void givesAReaderThatIsAlwaysShortEveryEventOnce() {
    TopicKey topic = topic(0);
    FakeConnection slow = reader(topic);
    Subscription subscription = slow.subscriptions().getFirst();
    for (int i = 1; i <= 20; i++) {
      slow.grant(i * 7L);
      publish(i, topic);
      fixture.run();
    }
    slow.grant(Long.MAX_VALUE);
    fixture.run();
    assertThat(texts(slow))
        .isEqualTo(IntStream.rangeClosed(1, 20).mapToObj(String::valueOf).toList());
    assertThat(subscription.sequence()).isEqualTo(20);
  }
}
