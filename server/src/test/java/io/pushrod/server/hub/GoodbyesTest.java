package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GoodbyesTest {
  private static final long SECOND = TimeUnit.SECONDS.toNanos(1);
  private static final String KILOBYTE = "\"" + "x".repeat(1024) + "\"";

  private final ShardFixture fixture = new ShardFixture(2, ShardFixture.ample());
  private final Shard shard = fixture.shard(0);
  private final TopicKey topic = fixture.ownedBy(1);
  private final Goodbyes goodbyes = new Goodbyes(shard);
  private final List<FakeConnection> all = new ArrayList<>();

  @BeforeEach
  void drain() {
    shard.drain(SECOND, SECOND);
  }

  @AfterEach
  void close() {
    assertThat(fixture.count(Counter.INTERNAL_ERRORS)).isZero();
    all.forEach(FakeConnection::broken);
    fixture.close();
  }

  private FakeConnection reader() {
    FakeConnection reader = fixture.connect(0);
    all.add(reader);
    shard.wheel().schedule(reader, fixture.nowNanos + 3600 * SECOND);
    fixture.subscribe(0, reader, topic, StartPoint.NOW);
    fixture.run();
    return reader;
  }

  private List<FakeConnection> readers(int count) {
    List<FakeConnection> readers = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      readers.add(reader());
    }
    return readers;
  }

  private void pass(long nanos) {
    fixture.nowNanos += nanos;
    goodbyes.round();
    fixture.run();
  }

  private long told() {
    return fixture.count(Counter.DRAIN_TOLD);
  }

  private static String last(FakeConnection reader) {
    return reader.texts().getLast();
  }

  @Test
  void isSettledOnceTheOwnersHaveAppendedAndTheirAnswersAreBack() {
    assertThat(shard.isSettled()).isTrue();
    fixture.publish(0, "note", "1", topic);
    assertThat(shard.isSettled()).isFalse();
    fixture.run(1);
    assertThat(shard.isSettled()).isFalse();
    fixture.run();
    assertThat(shard.isSettled()).isTrue();
  }

  @Test
  void spreadsGoodbyesOverTheWindow() {
    readers(10);
    goodbyes.begin(SECOND);
    assertThat(told()).isEqualTo(1);
    pass(SECOND / 2);
    assertThat(told()).isEqualTo(6);
    assertThat(goodbyes.isOver()).isFalse();
    pass(SECOND / 2);
    assertThat(told()).isEqualTo(10);
    pass(0);
    assertThat(goodbyes.isOver()).isTrue();
  }

  @Test
  void isOverAtOnceWithoutReaders() {
    goodbyes.begin(SECOND);
    assertThat(goodbyes.isOver()).isTrue();
  }

  @Test
  void tellsAReaderThatLagsOnlyOnceItHasEverything() {
    FakeConnection lagging = reader();
    FakeConnection other = reader();
    lagging.stall();
    for (int i = 0; i < 20; i++) {
      fixture.publish(1, "note", KILOBYTE, topic);
    }
    fixture.run();

    goodbyes.begin(0);
    pass(SECOND);
    assertThat(other.texts()).hasSize(21);
    assertThat(last(other)).contains("SHUTDOWN");
    assertThat(lagging.isClosing()).isFalse();
    lagging.grant(5_000);
    fixture.run();
    pass(SECOND);
    assertThat(lagging.isClosing()).isFalse();

    lagging.grant(1 << 20);
    fixture.run();
    pass(0);
    assertThat(lagging.texts()).hasSize(21);
    assertThat(lagging.texts().get(19)).contains("\"seq\":20,");
    assertThat(last(lagging)).contains("SHUTDOWN");
  }

  @Test
  void givesThePlaceOfAReaderThatLagsToAnother() {
    FakeConnection lagging = reader();
    lagging.stall();
    fixture.publish(1, "note", KILOBYTE, topic);
    fixture.run();
    readers(3);
    goodbyes.begin(SECOND);
    pass(SECOND);
    assertThat(told()).isEqualTo(3);
  }

  @Test
  void waitsForReadersThatWereThereAtTheBeginOnly() {
    FakeConnection gone = reader();
    readers(2);
    goodbyes.begin(SECOND);
    gone.broken();
    fixture.run();
    pass(SECOND);
    pass(0);
    assertThat(goodbyes.isOver()).isTrue();
  }

  @Test
  void endsStragglersAsSlowConsumers() {
    FakeConnection lagging = reader();
    lagging.stall();
    fixture.publish(1, "note", KILOBYTE, topic);
    fixture.run();
    goodbyes.begin(0);

    goodbyes.endStragglers();

    assertThat(fixture.count(Counter.DRAIN_CUT)).isEqualTo(1);
    assertThat(told()).isZero();
    assertThat(shard.metrics().closes(Transport.WEBSOCKET, CloseReason.SLOW_CONSUMER)).isEqualTo(1);
    assertThat(goodbyes.isOver()).isFalse();
    lagging.grant(1 << 20);
    fixture.run();
    assertThat(last(lagging)).contains("SLOW_CONSUMER");
    pass(0);
    assertThat(goodbyes.isOver()).isTrue();
  }

  @Test
  void asksClientsToComeBackSpreadOverTheWindow() {
    long[] waits =
        LongStream.range(0, 1_000)
            .map(_ -> shard.retryAfterMillis(CloseReason.SHUTDOWN))
            .sorted()
            .toArray();
    assertThat(waits[0]).isBetween(1_000L, 1_100L);
    assertThat(waits[999]).isBetween(1_900L, 2_000L);
    assertThat(shard.retryAfterMillis(CloseReason.UNAUTHENTICATED)).isZero();
    assertThat(fixture.shard(1).retryAfterMillis(CloseReason.SHUTDOWN)).isEqualTo(1_000);
  }
}
