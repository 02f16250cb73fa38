package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.TypeName;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.LogFixture;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// What declarations do to subscriptions, one step of each shard at a time. The topic is owned by
/// shard 0, and its readers are on shard 1.
class DeclaredReadersTest {
  private static final Readers ANN = new Readers(true, Set.of("ann"), Set.of());
  private static final Readers BOB = new Readers(true, Set.of("bob"), Set.of());

  private final ShardFixture shards = new ShardFixture(2, ShardFixture.ample());
  private final TopicKey topic = topic();

  @AfterEach
  void close() {
    shards.close();
  }

  private TopicKey topic() {
    int i = 0;
    TopicKey key = new TopicKey("acme", "owned/0");
    while (shards.hub.owner(key) != shards.shard(0)) {
      key = new TopicKey("acme", "owned/" + ++i);
    }
    return key;
  }

  private void declare(Readers readers) {
    Publication declaration =
        Publication.declaring(
            new TopicKey[] {topic}, LogFixture.TYPES.of(TypeName.TOPIC_READERS, null), 0, readers);
    assertThat(
            shards
                .shard(0)
                .publish(new Batch(List.of(declaration), Unpooled.EMPTY_BUFFER, _ -> {})))
        .isTrue();
  }

  private void publish(String text) {
    assertThat(shards.publish(0, "note", "{\"text\":\"" + text + "\"}", topic)).isTrue();
  }

  private FakeConnection connect(String user) {
    FakeConnection connection = shards.connect(1);
    connection.identify(
        new Identity(
            "acme",
            user,
            Set.of(),
            Grants.ALL,
            Grants.NONE,
            Grants.NONE,
            Set.of(),
            0,
            Long.MAX_VALUE,
            ""));
    return connection;
  }

  private Subscription subscribe(FakeConnection connection, EventFormat format, StartPoint start) {
    return shards.subscribe(
        1, connection, topic, format, EventFilter.ALL, OverflowPolicy.FOLD, start, false);
  }

  /// Runs something in the midst of the first reading.
  private static final class Interrupted implements EventFormat {
    private Runnable once;

    Interrupted(Runnable once) {
      this.once = once;
    }

    @Override
    public boolean isLogForm() {
      return false;
    }

    @Override
    public void append(
        ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
      Runnable now = once;
      once = () -> {};
      now.run();
      WebSocketFrames.writeText(out, source, offset, length);
    }
  }

  private EventFormat changingInTheMidst() {
    return new Interrupted(
        () -> {
          declare(BOB);
          publish("secret");
        });
  }

  @Test
  void whatIsPublishedBehindAChangeNeverReachesWhoItLeftOut() {
    declare(ANN);
    FakeConnection ann = connect("ann");
    subscribe(ann, changingInTheMidst(), StartPoint.NOW);
    shards.run();
    publish("old");
    shards.run();
    assertThat(ann.texts().toString()).doesNotContain("secret");
    assertThat(ann.subscriptions()).isEmpty();
  }

  @Test
  void norWhoIsCatchingUp() {
    declare(ANN);
    publish("old");
    FakeConnection ann = connect("ann");
    subscribe(ann, changingInTheMidst(), StartPoint.EARLIEST);
    shards.run();
    assertThat(ann.texts().toString()).contains("old").doesNotContain("secret");
    assertThat(ann.subscriptions()).isEmpty();
  }

  @Test
  void aSubscriptionUnderWayIsHeldAgainstTheNewestReaders() {
    declare(ANN);
    FakeConnection ann = connect("ann");
    subscribe(ann, ShardFixture.Format.STORED, StartPoint.EARLIEST);
    shards.run(0); // the owner has answered, and the answer is on its way
    declare(BOB);
    publish("secret");
    shards.run();
    assertThat(ann.texts().toString()).doesNotContain("secret");
    assertThat(ann.subscriptions()).isEmpty();
  }

  @Test
  void whoRemainsMissesNothing() {
    declare(new Readers(true, Set.of("ann", "bob"), Set.of()));
    FakeConnection ann = connect("ann");
    FakeConnection bob = connect("bob");
    subscribe(ann, ShardFixture.Format.STORED, StartPoint.NOW);
    subscribe(bob, ShardFixture.Format.STORED, StartPoint.NOW);
    shards.run();
    publish("one");
    declare(BOB);
    publish("two");
    shards.run();
    assertThat(bob.texts().toString()).contains("one").contains("two");
    assertThat(ann.texts().toString()).doesNotContain("two");
  }

  @Test
  void aDeclaredTopicStaysAsLongAsItIsDeclared() {
    declare(ANN);
    forget();
    assertThat(shards.log(topic)).isNotNull();
    declare(Readers.WITHDRAWN);
    forget();
    assertThat(shards.log(topic)).isNull();
  }

  /// Sweeps twice, with the time between in which an empty log is forgotten.
  private void forget() {
    shards.shard(0).sweep();
    shards.nowMillis += 120_000;
    shards.shard(0).sweep();
  }

  @Test
  void neitherAskingNorWithdrawingMakesATopic() {
    declare(Readers.WITHDRAWN);
    for (int i = 0; i < 100; i++) {
      FakeConnection ann = connect("ann");
      subscribe(ann, ShardFixture.Format.STORED, StartPoint.NOW);
      shards.run();
      assertThat(ann.subscriptions()).isEmpty();
    }
    assertThat(shards.shard(0).ownedTopics()).isZero();
    assertThat(shards.shard(1).ownedTopics()).isZero();
  }
}
