package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Journal;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Two servers on one Redis are one.
final class BackplaneTest {
  private final RedisServer redis = RedisServer.durable();

  @RegisterExtension final AfterEachCallback end = _ -> redis.close();
  @RegisterExtension final RunningServer a = new RunningServer(settings());
  @RegisterExtension final RunningServer b = new RunningServer(settings());

  private String[] settings() {
    return new String[] {
      "server.event_loops=2",
      "limits.subscriptions_per_connection=1000",
      "storage.backend=redis",
      "storage.redis.url=" + redis.url(),
      "storage.redis.reconcile=200ms",
      "storage.redis.timeout=2s"
    };
  }

  private static WsClient reader(RunningServer server, String topic) {
    WsClient reader = server.ws();
    reader.subscribe(topic, ",\"after\":\"earliest\"");
    return reader;
  }

  private static List<Long> sequences(List<String> events) {
    return events.stream().map(each -> Json.number(each, "seq")).toList();
  }

  @Test
  void bringsWhatIsPublishedAtEitherToTheReadersOfBoth() {
    WsClient here = reader(a, "thread/1");
    WsClient there = reader(b, "thread/1");
    for (int i = 1; i <= 20; i++) {
      (i % 2 == 0 ? a : b).publish("thread/1", "note", "{\"n\":" + i + "}");
    }
    List<String> events = here.nextEvents(20);
    assertThat(events)
        .extracting(each -> Json.number(each, "n"))
        .containsExactlyElementsOf(upTo(20));
    assertThat(there.nextEvents(20)).isEqualTo(events);
    assertThat(sequences(events)).isEqualTo(upTo(20));
  }

  private static List<Long> upTo(int last) {
    return LongStream.rangeClosed(1, last).boxed().toList();
  }

  @Test
  void servesACursorOfTheOther() {
    a.publishTokens("thread/1", 1, 100);
    String cursor = Json.text(a.fetch("/v1/topics/thread/1/events?limit=40").body(), "cursor");
    WsClient there = b.ws();
    there.subscribe("thread/1", ",\"after\":\"" + cursor + "\"");
    a.publishTokens("thread/1", 101, 110);
    assertThat(sequences(there.nextEvents(70)))
        .isEqualTo(LongStream.rangeClosed(41, 110).boxed().toList());
  }

  @Test
  void readsOnBeyondWhatIsInMemory() {
    byte[] large = new byte[8 * 1024];
    String text = "x".repeat(large.length);
    for (int i = 1; i <= 100; i++) {
      a.publish("thread/1", "note", "{\"n\":" + i + ",\"text\":\"" + text + "\"}");
    }
    assertThat(reader(b, "thread/1").nextEvents(100))
        .extracting(each -> Json.number(each, "n"))
        .isEqualTo(upTo(100));
  }

  @Test
  void knowsAtOneWhatAProducerHasPublishedAtTheOther() {
    WsClient reader = reader(b, "thread/1");
    byte[][] events = new byte[10][];
    for (int i = 0; i < events.length; i++) {
      events[i] = IngestClient.event("thread/1", "note", "{\"n\":" + i + "}");
    }
    try (IngestClient zombie = IngestClient.ready(b, "agents", 6);
        IngestClient first = IngestClient.ready(a, "agents", 7)) {
      first.publish(1, events);
      first.settled(10);
      zombie.publish(1, events);
      assertThat(zombie.await(IngestFrame.Goaway.class).reconnect()).isFalse();
    }
    try (IngestClient second = IngestClient.ready(b, "agents", 7)) {
      second.publish(1, events);
      assertThat(second.settled(10).sequences()).containsOnly(0L);
      second.publish(11, events[0]);
      assertThat(second.settled(11).sequences()).containsExactly(11L);
    }
    assertThat(sequences(reader.nextEvents(11))).isEqualTo(upTo(11));
  }

  @Test
  void takesAProducerBackThatWasAtTheOtherMeanwhile() {
    byte[][] events = new byte[10][];
    Arrays.fill(events, IngestClient.event("thread/1", "note", "{}"));
    for (int i = 1; i <= 3; i++) {
      try (IngestClient client = IngestClient.ready(i == 2 ? b : a, "agents", 7)) {
        client.publish(10L * i - 9, events);
        assertThat(client.settled(10L * i).sequences()).endsWith(10L * i);
      }
    }
  }

  @Test
  void passesSignalsToTheOther() {
    WsClient there = reader(b, "thread/1");
    a.publish("thread/1", "typing", "{}");
    assertThat(there.nextEvent()).contains("\"type\":\"typing\"");
  }

  @Test
  void findsWhatNotificationsDidNotBring() {
    WsClient there = reader(b, "thread/1");
    try (Journal journal = new Journal(a, "thread/1")) {
      for (int i = 0; i < 20; i++) {
        journal.publish(100);
        redis.call("CLIENT", "KILL", "TYPE", "pubsub");
        journal.publish(50);
        journal.awaitAcknowledged(journal.count() - 100);
      }
      journal.settle();
      journal.holdsAgainst(there);
    }
    assertThat(b.count(Counter.REDIS_HOLES)).isPositive();
  }

  @Test
  void losesNothingWhenRedisIsKilledAndStartedUnderLoad() {
    WsClient here = reader(a, "thread/1");
    WsClient there = reader(b, "thread/1");
    try (Journal journal = new Journal(a, "thread/1")) {
      for (int i = 0; i < 3; i++) {
        journal.publish(300);
        journal.awaitAcknowledged(journal.count() - 250);
        redis.kill();
        journal.publish(100);
        Await.until("not ready", () -> a.fetchReady() == 503);
        redis.begin();
      }
      journal.settle();
      journal.holdsAgainst(here);
      journal.holdsAgainst(there);
    }
    Await.until("ready", () -> a.fetchReady() == 200);
  }

  @Test
  void goesOnWhenAFrozenRedisIsThawed() {
    WsClient there = reader(b, "thread/1");
    try (Journal journal = new Journal(a, "thread/1")) {
      journal.publish(300);
      journal.awaitAcknowledged(50);
      redis.freeze();
      journal.publish(300);
      int status =
          a.post("/v1/publish", "{\"topic\":\"thread/2\",\"type\":\"note\",\"data\":{}}")
              .statusCode();
      assertThat(status).isEqualTo(504);
      assertThat(a.ready()).isEqualTo("redis: no answer\n");
      redis.thaw();
      journal.settle();
      journal.holdsAgainst(there);
    }
  }

  @Test
  void refusesEventsWhileRedisIsOutOfMemoryAndKeepsReaders() {
    WsClient there = reader(b, "thread/1");
    try (Journal journal = new Journal(a, "thread/1")) {
      journal.publish(50);
      journal.settle();
      redis.call("CONFIG", "SET", "maxmemory", "1");
      journal.publish(50);
      int status =
          a.post("/v1/publish", "{\"topic\":\"thread/2\",\"type\":\"note\",\"data\":{}}")
              .statusCode();
      assertThat(status).isEqualTo(503);
      assertThat(a.ready()).contains("out of memory");
      redis.call("CONFIG", "SET", "maxmemory", "0");
      journal.settle();
      journal.holdsAgainst(there);
    }
    Await.until("ready", () -> a.fetchReady() == 200);
  }

  @Test
  void announcesAGapWhenAllOfRedisIsGone() {
    WsClient here = reader(a, "thread/1");
    WsClient there = reader(b, "thread/1");
    a.publish("thread/1", "note", "{\"n\":1}");
    here.nextEvent();
    there.nextEvent();
    redis.call("FLUSHALL");
    a.publish("thread/1", "note", "{\"n\":2}");
    for (WsClient each : List.of(here, there)) {
      assertThat(each.nextEvent()).contains("\"type\":\"gap\"", "\"reason\":\"epoch\"");
      assertThat(each.nextEvent()).contains("\"n\":2", "\"seq\":1,");
    }
  }

  /// Puts a topic back to where it was at its second event, as a replica that became the primary
  /// may.
  private void loseWhatCame(Runnable after) {
    List<String> kinds = List.of("m", "s", "p");
    for (String kind : kinds) {
      redis.call("COPY", "pushrod:{acme:thread/1}:" + kind, "{acme:thread/1}:" + kind);
    }
    after.run();
    for (String kind : kinds) {
      redis.call("RENAME", "{acme:thread/1}:" + kind, "pushrod:{acme:thread/1}:" + kind);
    }
  }

  private String epoch() {
    return redis.call("HGET", "pushrod:{acme:thread/1}:m", "epoch").getFirst();
  }

  private static void note(RunningServer at, int n) {
    at.publish("thread/1", "note", "{\"n\":" + n + "}");
  }

  /// A topic that was read is followed for some seconds; this one was never.
  @Test
  void announcesAGapWhenATopicThatNobodyFollowedLostItsEnd() {
    note(a, 1);
    note(a, 2);
    String epoch = epoch();
    loseWhatCame(
        () -> {
          note(a, 3);
          note(a, 4);
        });
    // The other gives the sequences a second time, and knows nothing of the first.
    note(b, 5);
    note(b, 6);
    note(b, 7);
    redis.call("CLIENT", "KILL", "TYPE", "normal");
    Await.until("another epoch", () -> !epoch().equals(epoch));
    String cursor = new Cursor(Long.parseLong(epoch, 16), 4).toString();
    WsClient reader = b.ws();
    reader.subscribe("thread/1", ",\"after\":\"" + cursor + "\"");
    assertThat(reader.nextEvent()).contains("\"type\":\"gap\"", "\"reason\":\"epoch\"");
    assertThat(reader.nextEvents(5))
        .extracting(each -> Json.number(each, "n"))
        .containsExactly(1L, 2L, 5L, 6L, 7L);
    assertThat(a.count(Counter.REDIS_DIVERGENCES)).isEqualTo(1);
  }

  @Test
  void announcesAGapWhenTheSamePublisherIsGivenASequenceASecondTime() {
    note(a, 1);
    note(a, 2);
    String epoch = epoch();
    loseWhatCame(() -> note(a, 3));
    note(a, 4);
    Await.until("another epoch", () -> !epoch().equals(epoch));
  }

  @Test
  void findsEachOfManyTopicsThatNotificationsDidNotBring() {
    int topics = 700;
    WsClient reader = b.ws();
    for (int i = 0; i < topics; i++) {
      reader.subscribe("thread/" + i, "");
    }
    // What a server says to a topic's channel is lost, as if its followers were not there.
    redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    for (int i = 0; i < topics; i += 100) {
      a.publish("thread/" + i, "note", "{\"n\":" + i + "}");
    }
    assertThat(reader.nextEvents(7))
        .extracting(each -> Json.number(each, "n"))
        .containsExactlyInAnyOrder(0L, 100L, 200L, 300L, 400L, 500L, 600L);
  }

  @Test
  void tellsReadersWhileRedisDoesNotAnswer() {
    WsClient reader = reader(a, "thread/1");
    redis.kill();
    assertThat(reader.next()).startsWith("{\"op\":\"degraded\",\"since\":");
    redis.begin();
    assertThat(reader.next()).isEqualTo("{\"op\":\"restored\"}");
    b.publish("thread/1", "note", "{\"n\":1}");
    assertThat(reader.nextEvent()).contains("\"n\":1");
  }

  @Test
  void subscribesATopicOnceHoweverManyRead() {
    reader(a, "thread/1");
    reader(a, "thread/1");
    reader(b, "thread/1");
    redis.awaitSubscribers("pushrod:{acme:thread/1}:c", 2);
  }
}
