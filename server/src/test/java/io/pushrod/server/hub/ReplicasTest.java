package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.LogRule;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.LogFixture;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Two servers that share a store: each has what is read at it.
final class ReplicasTest {
  private final FakeCluster cluster = new FakeCluster();
  private final ShardFixture a = server();
  private final ShardFixture b = server();
  private final TopicKey topic = a.ownedBy(1);

  private ShardFixture server() {
    Hub hub =
        new Hub(
            MemoryBudget.unbounded(),
            new TopicQuota(0),
            new Storage(null, cluster, 64 * 1024, _ -> true));
    return new ShardFixture(2, ShardFixture.ample(), hub);
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  private void settle() {
    do {
      a.run();
      b.run();
    } while (cluster.proceed());
  }

  private FakeConnection reader(ShardFixture at, StartPoint start) {
    FakeConnection connection = at.connect(0);
    at.subscribe(0, connection, topic, start);
    settle();
    return connection;
  }

  @Test
  void bringsWhatIsPublishedAtOneToTheReadersOfBoth() {
    FakeConnection here = reader(a, StartPoint.NOW);
    FakeConnection there = reader(b, StartPoint.NOW);
    AtomicBoolean done = new AtomicBoolean();
    a.publish(0, "note", "1", done, topic);
    settle();
    b.publish(1, "note", "2", topic);
    settle();
    assertThat(done).isTrue();
    assertThat(here.texts()).hasSize(2).isEqualTo(there.texts());
    assertThat(here.texts().getLast()).endsWith("\"data\":2}");
  }

  @Test
  void servesACursorOfTheOther() {
    FakeConnection here = reader(a, StartPoint.NOW);
    for (int i = 0; i < 10; i++) {
      a.publish(0, "note", String.valueOf(i), topic);
    }
    settle();
    long epoch = Objects.requireNonNull(a.log(topic)).epoch();
    assertThat(here.texts()).hasSize(10);
    FakeConnection there = reader(b, new StartPoint.After(new Cursor(epoch, 4)));
    assertThat(there.texts()).isEqualTo(here.texts().subList(4, 10));
    b.publish(0, "note", "10", topic);
    settle();
    assertThat(there.texts()).hasSize(7);
  }

  @Test
  void knowsWhatItsLogKeepsWhereverThatWasSaid() {
    reader(b, StartPoint.NOW);
    var begin = LogFixture.publication(topic, "run_start", "{}").with(new LogRule.Keep(_ -> true));
    a.shard(0).publish(new Batch(List.of(begin), Unpooled.EMPTY_BUFFER, _ -> {}));
    settle();
    assertThat(Objects.requireNonNull(b.log(topic)).isKept()).as("read there before").isTrue();
    reader(a, StartPoint.NOW);
    assertThat(Objects.requireNonNull(a.log(topic)).isKept()).as("read there since").isTrue();
  }

  @Test
  void passesSignalsToBoth() {
    FakeConnection here = reader(a, StartPoint.NOW);
    FakeConnection there = reader(b, StartPoint.NOW);
    a.publish(0, "typing", "{}", topic);
    settle();
    assertThat(here.texts()).singleElement().asString().contains("typing");
    assertThat(there.texts()).isEqualTo(here.texts());
  }

  @Test
  void tellsItsReadersWhenTheLogIsAnother() {
    FakeConnection here = reader(a, StartPoint.NOW);
    a.publish(0, "note", "1", topic);
    settle();
    long epoch = Objects.requireNonNull(a.log(topic)).epoch();
    cluster.lose(topic);
    settle();
    a.publish(0, "note", "2", topic);
    settle();
    assertThat(here.texts()).hasSize(3);
    assertThat(here.texts().get(1))
        .contains("\"type\":\"gap\"")
        .contains("\"reason\":\"epoch\"")
        .contains(Cursor.epochText(epoch) + "-2");
    assertThat(here.texts().get(2)).contains("\"seq\":1,").endsWith("\"data\":2}");
    assertThat(a.count(Counter.TOPICS_LOST)).isOne();
  }

  @Test
  void followsATopicOnceWhoeverReadsAndSomeSecondsLonger() {
    FakeConnection connection = a.connect(0);
    Subscription subscription = a.subscribe(0, connection, topic, StartPoint.NOW);
    reader(a, StartPoint.NOW);
    assertThat(cluster.followers(topic)).isOne();
    a.shard(0).unsubscribe(subscription);
    settle();
    a.shard(1).sweep();
    assertThat(cluster.followers(topic)).isOne();
  }

  @Test
  void leavesATopicThatNobodyReads() {
    FakeConnection connection = a.connect(0);
    Subscription subscription = a.subscribe(0, connection, topic, StartPoint.NOW);
    settle();
    a.shard(0).unsubscribe(subscription);
    settle();
    a.shard(1).sweep();
    a.nowMillis += 60_000;
    a.shard(1).sweep();
    assertThat(cluster.followers(topic)).isZero();
    assertThat(a.shard(1).ownedTopics()).isZero();
  }

  @Test
  void doesNotBeginATopicThatIsOnlyLookedFor() {
    AtomicBoolean asked = new AtomicBoolean();
    a.shard(0)
        .read(
            topic,
            log -> {
              asked.set(true);
              assertThat(log).isNull();
            });
    settle();
    assertThat(asked).isTrue();
    assertThat(cluster.followers(topic)).isZero();
  }

  @Test
  void takesNothingWhileTooMuchWaits() {
    cluster.full = true;
    assertThat(a.publish(1, "note", "1", topic)).isFalse();
  }
}
