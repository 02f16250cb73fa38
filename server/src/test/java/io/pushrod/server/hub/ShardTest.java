package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ShardTest {
  private static final Retention THREE = new Retention(1 << 20, 3, 1 << 30, 1 << 16);
  private static final String KILOBYTE = "\"" + "x".repeat(1024) + "\"";

  private final List<ShardFixture> fixtures = new ArrayList<>();

  private ShardFixture start(int shards, HubSettings settings) {
    ShardFixture fixture = new ShardFixture(shards, settings);
    fixtures.add(fixture);
    return fixture;
  }

  @AfterEach
  void givesAllMemoryBack() {
    for (ShardFixture fixture : fixtures) {
      assertThat(fixture.count(Counter.INTERNAL_ERRORS)).isZero();
      fixture.close();
      assertThat(fixture.usedBytes()).isZero();
    }
  }

  private static TopicLog log(ShardFixture fixture, TopicKey topic) {
    TopicLog log = fixture.log(topic);
    if (log == null) {
      throw new AssertionError("log: none (expected: one of " + topic + ")");
    }
    return log;
  }

  /// `5` for an event, `5-9` for a folded one, `gap trimmed 1-4` for a gap, or the type of a
  /// signal.
  private static List<String> brief(FakeConnection connection) {
    return connection.texts().stream().map(ShardTest::brief).toList();
  }

  private static String brief(String json) {
    if (json.contains("\"op\":")) {
      return "op";
    }
    if (json.contains("\"type\":\"gap\"")) {
      String to = json.contains("\"to\":null") ? "" : sequence(Json.text(json, "to"));
      return "gap "
          + Json.text(json, "reason")
          + ' '
          + sequence(Json.text(json, "from"))
          + '-'
          + to;
    }
    if (!json.contains("\"seq\"")) {
      return Json.text(json, "type");
    }
    String from = json.contains("from_seq") ? Json.number(json, "from_seq") + "-" : "";
    return from + Json.number(json, "seq");
  }

  private static String sequence(String cursor) {
    return cursor.substring(cursor.indexOf('-') + 1);
  }

  private static void publish(ShardFixture fixture, TopicKey topic, int count) {
    for (int i = 0; i < count; i++) {
      fixture.publish(0, "note", KILOBYTE, topic);
    }
    fixture.run();
  }

  // Start points.

  private List<String> startingAt(StartPoint start) {
    ShardFixture fixture = start(1, ShardFixture.settings(THREE, 1 << 20, 1 << 20));
    TopicKey topic = fixture.ownedBy(0);
    publish(fixture, topic, 5);
    FakeConnection connection = fixture.connect(0);
    fixture.subscribe(0, connection, topic, start);
    fixture.run();
    publish(fixture, topic, 1);
    return brief(connection);
  }

  @Test
  void startsAtTheOldestEventThatIsRetained() {
    assertThat(startingAt(StartPoint.EARLIEST)).containsExactly("3", "4", "5", "6");
  }

  @Test
  void startsAtTheNextEvent() {
    assertThat(startingAt(StartPoint.NOW)).containsExactly("6");
  }

  @Test
  void tellsWhatIsTrimmedBehindASequence() {
    assertThat(startingAt(new StartPoint.AfterSequence(0)))
        .containsExactly("gap trimmed 1-2", "3", "4", "5", "6");
  }

  @Test
  void startsBehindASequenceThatIsRetained() {
    assertThat(startingAt(new StartPoint.AfterSequence(4))).containsExactly("5", "6");
  }

  @Test
  void takesASequenceFromTheFutureForNow() {
    assertThat(startingAt(new StartPoint.AfterSequence(99))).containsExactly("6");
  }

  @Test
  void tellsThatTheLogOfACursorIsGone() {
    assertThat(startingAt(new StartPoint.After(new Cursor(7, 12))))
        .containsExactly("gap epoch 13-", "gap trimmed 1-2", "3", "4", "5", "6");
  }

  @Test
  void takesACursorAheadOfItsLogForOneOfALogThatIsGone() {
    ShardFixture fixture = start(1, ShardFixture.ample());
    TopicKey topic = fixture.ownedBy(0);
    publish(fixture, topic, 2);
    FakeConnection connection = fixture.connect(0);
    Cursor ahead = new Cursor(log(fixture, topic).epoch(), 3);
    fixture.subscribe(0, connection, topic, new StartPoint.After(ahead));
    fixture.run();
    assertThat(brief(connection)).containsExactly("gap epoch 4-", "1", "2");
  }

  // Overflow.

  private FakeConnection lag(OverflowPolicy policy, int before, int after) {
    ShardFixture fixture =
        start(1, ShardFixture.settings(new Retention(1 << 20, 99, 1 << 30, 1 << 16), 4096, 4096));
    TopicKey topic = fixture.ownedBy(0);
    FakeConnection connection = fixture.connect(0);
    fixture.subscribe(0, connection, topic, StartPoint.NOW, policy);
    fixture.run();
    connection.stall();
    publish(fixture, topic, before);
    fixture.publish(0, "run_end", "{}", topic);
    publish(fixture, topic, after);
    connection.grant(Long.MAX_VALUE);
    fixture.run();
    publish(fixture, topic, 1);
    return connection;
  }

  @Test
  void dropsTheOldestAndKeepsLifecycleEvents() {
    assertThat(brief(lag(OverflowPolicy.DROP_OLDEST, 5, 5)))
        .containsExactly("1", "gap overflow 2-5", "6", "gap overflow 7-8", "9", "10", "11", "12");
  }

  @Test
  void dropsTheNewestAndKeepsLifecycleEvents() {
    assertThat(brief(lag(OverflowPolicy.DROP_NEWEST, 5, 5)))
        .containsExactly("1", "2", "3", "4", "gap overflow 5-5", "6", "gap overflow 7-11", "12");
  }

  @Test
  void tellsOnlyOnceWhatRetentionTrimmedOfWhatWasDropped() {
    Retention five = new Retention(1 << 20, 5, 1 << 30, 1 << 16);
    ShardFixture fixture = start(1, ShardFixture.settings(five, 4096, 4096));
    TopicKey topic = fixture.ownedBy(0);
    FakeConnection connection = fixture.connect(0);
    fixture.subscribe(0, connection, topic, StartPoint.NOW, OverflowPolicy.DROP_NEWEST);
    fixture.run();
    connection.stall();
    publish(fixture, topic, 1);
    publish(fixture, topic, 5);
    connection.grant(1300); // the rest of the first event, and the beginning of the second
    fixture.run();
    for (int i = 0; i < 12; i++) {
      fixture.publish(0, "note", "1", topic);
    }
    fixture.run();
    connection.grant(Long.MAX_VALUE);
    fixture.run();
    assertThat(brief(connection))
        .containsExactly("1", "2", "gap trimmed 3-13", "14", "15", "16", "17", "18");
  }

  @Test
  void dropsNothingOfTheHistoryThatAReaderAskedFor() {
    ShardFixture fixture =
        start(1, ShardFixture.settings(new Retention(1 << 20, 99, 1 << 30, 1 << 16), 4096, 4096));
    TopicKey topic = fixture.ownedBy(0);
    publish(fixture, topic, 10);
    FakeConnection connection = fixture.connect(0);
    connection.grant(100);
    fixture.subscribe(
        0, connection, topic, new StartPoint.AfterSequence(0), OverflowPolicy.DROP_OLDEST);
    fixture.run();
    publish(fixture, topic, 10);
    connection.grant(Long.MAX_VALUE);
    fixture.run();
    assertThat(brief(connection).subList(0, 10))
        .containsExactly("1", "2", "3", "4", "5", "6", "7", "8", "9", "10");
  }

  @Test
  void disconnectsAReaderThatLagsByMoreThanItsOutbox() {
    FakeConnection connection = lag(OverflowPolicy.DISCONNECT, 5, 5);
    assertThat(connection.isOpen()).isFalse();
    assertThat(brief(connection)).containsExactly("1", "op");
    assertThat(connection.subscriptions()).isEmpty();
    assertThat(fixtures.getFirst().count(Counter.SLOW_CONSUMER_DISCONNECTS)).isOne();
  }

  @Test
  void foldsForAReaderThatLags() {
    ShardFixture fixture =
        start(1, ShardFixture.settings(new Retention(1 << 20, 99, 1 << 30, 1 << 16), 4096, 1000));
    TopicKey topic = fixture.ownedBy(0);
    FakeConnection connection = fixture.connect(0);
    fixture.subscribe(0, connection, topic, StartPoint.NOW);
    fixture.run();
    connection.stall();
    for (int i = 0; i < 20; i++) {
      fixture.publish(0, "token_chunk", "{\"text\":\"" + i + "\"}", topic);
      fixture.run();
    }
    connection.grant(Long.MAX_VALUE);
    fixture.run();
    assertThat(brief(connection)).containsExactly("1", "2-20");
  }

  // Signals.

  @Test
  void passesSignalsOnlyToReadersThatAreCaughtUp() {
    ShardFixture fixture = start(2, ShardFixture.ample());
    TopicKey topic = fixture.ownedBy(0);
    FakeConnection ready = fixture.connect(1);
    FakeConnection stalled = fixture.connect(1);
    FakeConnection minimal = fixture.connect(1);
    fixture.subscribe(1, ready, topic, StartPoint.NOW);
    fixture.subscribe(1, stalled, topic, StartPoint.NOW);
    fixture.subscribe(
        1,
        minimal,
        topic,
        ShardFixture.Format.STORED,
        EventFilter.parse(List.of("minimal")),
        OverflowPolicy.FOLD,
        StartPoint.NOW,
        false);
    fixture.run();
    stalled.stall();
    publish(fixture, topic, 1);
    fixture.publish(0, "typing", "{}", topic);
    fixture.run();
    stalled.grant(Long.MAX_VALUE);
    fixture.run();
    assertThat(brief(ready)).containsExactly("1", "typing");
    assertThat(brief(stalled)).containsExactly("1");
    assertThat(brief(minimal)).isEmpty();
  }

  // Publishing.

  @Test
  void completesABatchOnceAllOwnersAreDone() {
    ShardFixture fixture = start(2, ShardFixture.ample());
    TopicKey here = fixture.ownedBy(0);
    TopicKey there = fixture.ownedBy(1);
    AtomicBoolean done = new AtomicBoolean();
    fixture.publish(0, "note", "1", done, here, there);
    fixture.run(0);
    assertThat(done).isFalse();
    fixture.run();
    assertThat(done).isTrue();
    assertThat(log(fixture, here).lastSequence()).isOne();
    assertThat(log(fixture, there).lastSequence()).isOne();
  }

  @Test
  void refusesABatchWhenAnInboxIsFullAndLosesNone() {
    ShardFixture fixture = start(2, ShardFixture.ample());
    TopicKey here = fixture.ownedBy(0);
    TopicKey there = fixture.ownedBy(1);
    int taken = 0;
    while (fixture.publish(0, "note", "1", here, there)) {
      taken++;
    }
    assertThat(taken).isBetween(1, 64);
    assertThat(fixture.count(Counter.LIMIT_INBOX_ENTRIES)).isOne();
    fixture.run();
    assertThat(log(fixture, here).lastSequence()).isEqualTo(taken);
    assertThat(log(fixture, there).lastSequence()).isEqualTo(taken);
    assertThat(fixture.publish(0, "note", "1", here, there)).isTrue();
  }

  // Comings and goings.

  @Test
  void watchesALogOnceThoughAReaderGoesAndComesBeforeItIsFound() {
    ShardFixture fixture =
        start(2, ShardFixture.settings(new Retention(1 << 20, 99, 1, 1 << 16), 4096, 4096));
    TopicKey topic = fixture.ownedBy(1);
    FakeConnection connection = fixture.connect(0);
    Subscription gone = fixture.subscribe(0, connection, topic, StartPoint.NOW);
    fixture.shard(0).unsubscribe(gone);
    Subscription stays = fixture.subscribe(0, connection, topic, StartPoint.NOW);
    fixture.run();
    publish(fixture, topic, 1);
    assertThat(brief(connection)).containsExactly("1");
    fixture.shard(0).unsubscribe(stays);
    fixture.run();
    fixture.nowMillis += 1000;
    log(fixture, topic).trim(fixture.nowMillis);
    assertThat(log(fixture, topic).isDisposable()).isTrue();
  }

  @Test
  void leavesNothingBehindOfAConnectionThatCloses() {
    ShardFixture fixture = start(2, ShardFixture.ample());
    TopicKey here = fixture.ownedBy(0);
    TopicKey there = fixture.ownedBy(1);
    publish(fixture, here, 100);
    FakeConnection connection = fixture.connect(0);
    connection.grant(500);
    fixture.subscribe(0, connection, here, new StartPoint.AfterSequence(0));
    fixture.subscribe(0, connection, there, StartPoint.NOW);
    fixture.run(0);
    connection.send("{\"op\":\"ack\"}");
    connection.channel().close();
    fixture.run();
    assertThat(connection.subscriptions()).isEmpty();
    assertThat(connection.outboxIfAny()).isNull();
    assertThat(fixture.count(Counter.SUBSCRIPTIONS_OPENED)).isOne(); // not yet the other
    assertThat(fixture.count(Counter.SUBSCRIPTIONS_CLOSED)).isOne();
  }

  @Test
  void closesAConnectionThatTakesNoByteForTooLong() {
    ShardFixture fixture = start(1, ShardFixture.ample());
    TopicKey topic = fixture.ownedBy(0);
    FakeConnection connection = fixture.connect(0);
    fixture.subscribe(0, connection, topic, StartPoint.NOW);
    fixture.run();
    connection.stall();
    publish(fixture, topic, 1);
    fixture.shard(0).wheel().advance(4_000_000_000L);
    connection.grant(10);
    fixture.shard(0).wheel().advance(6_000_000_000L);
    assertThat(connection.isClosing()).isFalse();
    fixture.nowNanos = 12_000_000_000L;
    fixture.shard(0).wheel().advance(12_000_000_000L);
    assertThat(connection.isClosing()).isTrue();
    assertThat(fixture.shard(0).metrics().closes(Transport.WEBSOCKET, CloseReason.WRITE_TIMEOUT))
        .isOne();
    fixture.shard(0).wheel().advance(15_000_000_000L);
    assertThat(connection.isOpen()).isFalse();
  }

  @Test
  void closesAConnectionWhoseOutboxIsFull() {
    ShardFixture fixture = start(1, ShardFixture.ample());
    FakeConnection connection = fixture.connect(0);
    connection.stall();
    for (int i = 0; i < 18; i++) {
      assertThat(connection.isClosing()).isFalse();
      connection.send("{\"op\":\"ack\"}"); // one is with the socket, 16 wait, one is too many
    }
    assertThat(connection.isClosing()).isTrue();
    assertThat(fixture.count(Counter.LIMIT_OUTBOX_ENTRIES)).isOne();
    connection.channel().close();
  }
}
