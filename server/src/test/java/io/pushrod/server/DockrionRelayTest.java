package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Dockrion's runtime publishes and stores the events of its runs in Redis, and our readers get
/// each once, in order, from the first one on.
class DockrionRelayTest {
  private static final String RUN = "6f1c0a52-0b0e-4c7e-9d3a-2f6f6f1d0001";
  private static final String TOPIC = "run/" + RUN;
  private static final String CHANNEL = "events:run:" + RUN;
  private static final String STREAM = "stream:run:" + RUN;

  @RegisterExtension RunningServer server = new RunningServer();
  private RedisServer redis;

  @BeforeEach
  void startRedis() {
    redis = RedisServer.start("");
    restart(", reconcile: 1s"); // finds what comes later than we thought, on a slow machine
    server.awaitCount(Counter.RELAY_CONNECTED, 1);
  }

  @AfterEach
  void stopRedis() {
    server.stop();
    redis.close();
  }

  private void restart(String more) {
    server.restart(
        "relays=[{kind: dockrion, url: '" + redis.url() + "', tenant: acme" + more + "}]");
  }

  /// As Dockrion's models write it.
  private static String event(int sequence, String type, String more) {
    return "{\"id\": \"evt-0123456789ab\", \"type\": \""
        + type
        + "\", \"run_id\": \""
        + RUN
        + "\", \"sequence\": "
        + sequence
        + ", \"timestamp\": \"2026-01-08T10:00:00.250000+00:00\""
        + more
        + "}";
  }

  private static String token(int sequence) {
    return event(
        sequence, "token", ", \"content\": \"t" + sequence + "\", \"finish_reason\": null");
  }

  private void store(int sequence, String event) {
    redis.call(
        "XADD",
        STREAM,
        "MAXLEN",
        "~",
        "1000",
        "*",
        "data",
        event,
        "sequence",
        "" + sequence,
        "type",
        "x");
  }

  private void publishAndStore(int sequence, String event) {
    redis.publish(CHANNEL, event);
    store(sequence, event);
  }

  private static List<String> texts(List<String> events) {
    return events.stream().map(event -> Json.text(event, "text")).toList();
  }

  private static List<String> tokens(int first, int last) {
    return IntStream.rangeClosed(first, last).mapToObj(i -> "t" + i).toList();
  }

  private static String data(String event) {
    return event.substring(event.indexOf("\"data\":") + 7, event.length() - 1);
  }

  private WsClient reader() {
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, ",\"after\":\"earliest\"");
    return reader;
  }

  @Test
  void eventsBecomeNativeOnes() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    List<String> said =
        List.of(
            event(1, "started", ", \"agent_name\": \"planner\", \"framework\": \"langgraph\""),
            event(2, "progress", ", \"step\": \"s\", \"progress\": 0.5, \"message\": null"),
            event(3, "checkpoint", ", \"name\": \"n\", \"data\": {\"k\": 1}"),
            event(4, "token", ", \"content\": \"Hi\", \"finish_reason\": \"stop\""),
            event(
                5,
                "step",
                ", \"node_name\": \"plan\", \"duration_ms\": 12, \"input_keys\": [\"a\"],"
                    + " \"output_keys\": []"),
            event(6, "fraud_check", ", \"score\": 0.25, \"flag\": null"),
            event(
                7,
                "complete",
                ", \"output\": {\"a\": [1, 2]}, \"latency_seconds\": 1.5, \"metadata\": {}"));
    for (int i = 0; i < said.size(); i++) {
      publishAndStore(i + 1, said.get(i));
    }
    List<String> heard = reader.nextEvents(7);
    assertThat(heard)
        .extracting(event -> Json.text(event, "type"))
        .containsExactly(
            "run_start",
            "progress",
            "checkpoint",
            "token_chunk",
            "node_end",
            "custom:fraud_check",
            "run_end");
    assertThat(heard)
        .extracting(DockrionRelayTest::data)
        .containsExactly(
            "{\"agent\":\"planner\",\"framework\":\"langgraph\"}",
            "{\"step\":\"s\",\"progress\":0.5}",
            "{\"name\":\"n\",\"data\":{\"k\":1}}",
            "{\"text\":\"Hi\",\"finish_reason\":\"stop\"}",
            "{\"node\":\"plan\",\"duration_ms\":12,\"input_keys\":[\"a\"],\"output_keys\":[]}",
            "{\"score\":0.25}",
            "{\"duration_ms\":1500,\"output\":{\"a\":[1,2]},\"metadata\":{}}");
    assertThat(heard)
        .allMatch(
            event ->
                event.contains("\"ts\":1767866400250") && event.contains("\"run_id\":\"" + RUN));
  }

  @Test
  void errorsAndCancellationsBecomeNativeOnes() {
    WsClient reader = reader();
    redis.publishTo(
        1, CHANNEL, event(1, "error", ", \"error\": \"boom\", \"code\": \"X\", \"details\": null"));
    assertThat(data(reader.nextEvent()))
        .isEqualTo("{\"code\":\"X\",\"message\":\"boom\",\"retryable\":false}");
  }

  @Test
  void theFirstReaderGetsTheHistory() {
    for (int i = 1; i <= 200; i++) {
      store(i, token(i));
    }
    assertThat(texts(reader().nextEvents(200))).isEqualTo(tokens(1, 200));
  }

  @Test
  void historyAndChannelJoinWithoutGapAndWithoutRepeating() {
    for (int i = 1; i <= 300; i++) {
      store(i, token(i));
    }
    WsClient reader = reader();
    // Live events begin as soon as the channel is subscribed, while the stream is being read.
    redis.awaitSubscribers(CHANNEL, 1);
    for (int i = 301; i <= 600; i++) {
      publishAndStore(i, token(i));
    }
    assertThat(texts(reader.nextEvents(600))).isEqualTo(tokens(1, 600));
  }

  @Test
  void whatWasPublishedBeforeTheChannelWasHeardAndStoredAfterwardsIsFound() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    store(1, token(1)); // nobody heard it
    store(2, token(2));
    assertThat(texts(reader.nextEvents(2))).isEqualTo(tokens(1, 2));
  }

  @Test
  void whatTheChannelSkippedComesFromTheStreamFirst() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    publishAndStore(1, token(1));
    store(2, token(2));
    publishAndStore(3, token(3));
    assertThat(texts(reader.nextEvents(3))).isEqualTo(tokens(1, 3));
  }

  @Test
  void whatIsNowhereIsPassedOverAndCounted() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    publishAndStore(1, token(1));
    publishAndStore(4, token(4));
    assertThat(texts(reader.nextEvents(2))).containsExactly("t1", "t4");
    assertThat(server.count(Counter.RELAY_HOLES)).isEqualTo(2);
  }

  @Test
  void aRunEndsOnce() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    publishAndStore(1, event(1, "cancelled", ", \"reason\": \"user\""));
    publishAndStore(2, event(2, "complete", ", \"output\": {}"));
    assertThat(data(reader.nextEvent())).isEqualTo("{\"reason\":\"user\"}");
    server.awaitCount(Counter.RELAY_ENDED, 1);
    assertThat(server.fetch("/v1/topics/" + TOPIC + "/events").body()).doesNotContain("run_end");
  }

  @Test
  void readersWhoComeBackLaterFindEachEventOnce() {
    restart(", linger: 0s");
    for (int i = 1; i <= 10; i++) {
      store(i, token(i));
    }
    WsClient first = reader();
    first.nextEvents(10);
    first.cut();
    redis.awaitSubscribers(CHANNEL, 0);
    store(11, token(11)); // while nobody reads
    WsClient second = reader();
    assertThat(texts(second.nextEvents(11))).isEqualTo(tokens(1, 11));
    assertThat(server.count(Counter.DUPLICATES)).isEqualTo(10);
  }

  @Test
  void whatWasMissedWhileTheConnectionWasLostComesFromTheStream() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    publishAndStore(1, token(1));
    reader.nextEvent();
    redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    store(2, token(2));
    store(3, token(3));
    assertThat(texts(reader.nextEvents(2))).isEqualTo(tokens(2, 3));
    server.awaitCount(Counter.RELAY_CONNECTED, 2);
  }

  @Test
  void goesOnAfterACrashOfRedisThatLostTheStream() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    publishAndStore(1, token(1));
    reader.nextEvent();
    redis.kill();
    redis.begin();
    redis.awaitSubscribers(CHANNEL, 1);
    publishAndStore(2, token(2));
    assertThat(texts(reader.nextEvents(1))).containsExactly("t2");
  }

  @Test
  void dropsWhatIsNoEventOfTheRun() {
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    for (String bad :
        List.of(
            "{\"type\": \"token\"}",
            event(0, "token", ""),
            event(-1, "token", ""),
            event(1, "no good", ""),
            event(1, "token", "").replace(RUN, "another"),
            event(1, "token", "").replace("\"sequence\": 1", "\"sequence\": 1e99"),
            event(1, "token", "").replace("\"sequence\": 1", "\"sequence\": \"1\""))) {
      redis.publish(CHANNEL, bad);
    }
    publishAndStore(1, token(1));
    assertThat(texts(reader.nextEvents(1))).containsExactly("t1");
    server.awaitCount(Counter.RELAY_MALFORMED, 7);
  }

  @Test
  void heartbeatsOfThePastAreOver() {
    store(1, event(1, "heartbeat", ""));
    store(2, token(2));
    WsClient reader = reader();
    assertThat(Json.text(reader.nextEvent(), "type")).isEqualTo("token_chunk");
    redis.publishTo(1, CHANNEL, event(3, "heartbeat", ""));
    assertThat(Json.text(reader.nextEvent(), "type")).isEqualTo("heartbeat");
  }

  @Test
  void itsClientsReadItAsTheyKnowIt() {
    store(1, event(1, "started", ", \"agent_name\": \"planner\", \"framework\": \"custom\""));
    store(2, token(2));
    SseClient stream =
        server.sseAt("/runs/" + RUN + "/events?from_sequence=1&token=" + server.token());
    assertThat(stream.nextEvent().data())
        .contains("\"type\":\"started\"", "\"agent_name\":\"planner\"", "\"sequence\":1,");
    assertThat(stream.nextEvent().data())
        .contains("\"type\":\"token\"", "\"content\":\"t2\"", "\"sequence\":2,");
    redis.publishTo(1, CHANNEL, event(3, "complete", ", \"output\": {\"a\": 1}"));
    assertThat(stream.nextEvent().data())
        .contains("\"type\":\"complete\"", "\"output\":{\"a\":1}", "\"sequence\":3,");
    assertThat(stream.ends()).isTrue();
  }

  @Test
  void aRunThatHasEndedIsReadToItsEnd() {
    store(1, token(1));
    store(2, event(2, "error", ", \"error\": \"boom\", \"code\": \"X\""));
    SseClient stream =
        server.sseAt("/runs/" + RUN + "/events?from_sequence=1&token=" + server.token());
    assertThat(stream.nextEvent().data()).contains("\"content\":\"t1\"");
    assertThat(stream.nextEvent().data()).contains("\"error\":\"boom\"", "\"code\":\"X\"");
    assertThat(stream.ends()).isTrue();
  }

  @Test
  void aRunThatRedisDoesNotHaveIsNotFoundAndAsksForNothing() {
    HttpResponse<String> answer = server.fetch("/runs/" + RUN + "/events");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(redis.channels()).isEmpty();
  }

  @Test
  void whoMayNotReadARunLearnsNothingOfIt() {
    store(1, token(1));
    String token = server.token("acme", List.of("run/another"), List.of(), Duration.ofHours(1));
    HttpResponse<String> of =
        server.send(HttpRequest.newBuilder(server.http("/runs/" + RUN + "/events?token=" + token)));
    assertThat(of.statusCode()).isEqualTo(404);
    assertThat(of.body()).isEqualTo("{\"detail\":\"Run '" + RUN + "' not found\"}");
  }

  @Test
  void aRunCannotBeLookedForWhileRedisIsAway() {
    redis.kill();
    server.awaitCount(Counter.RELAY_LOST, 1);
    SseClient stream = server.sseAt("/runs/" + RUN + "/events?token=" + server.token());
    assertThat(stream.response().statusCode()).isEqualTo(200);
    assertThat(stream.next().data()).contains("unavailable");
    assertThat(stream.ends()).isTrue();
  }

  @Test
  void aRunThatIsOursTakesNothingFromRedis() {
    server.startRun("planner", RUN, "{}");
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    redis.publishTo(1, CHANNEL, token(1));
    server.awaitCount(Counter.RELAY_REFUSED, 1);
    assertThat(server.fetch("/v1/topics/" + TOPIC + "/events").body())
        .doesNotContain("token_chunk");
  }

  @Test
  void dropsTheNewestWhenTooMuchWaitsAndFindsItInTheStream() {
    restart(", queue_bytes: 4KiB");
    WsClient reader = reader();
    redis.awaitSubscribers(CHANNEL, 1);
    String padding = "x".repeat(1500);
    for (int i = 1; i <= 400; i++) {
      publishAndStore(
          i, event(i, "token", ", \"content\": \"t" + i + "\", \"p\": \"" + padding + "\""));
    }
    assertThat(texts(reader.nextEvents(400))).isEqualTo(tokens(1, 400));
    Await.until(
        "nothing waits",
        () -> server.scraped("pushrod_relay_waiting_bytes{relay=\"dockrion/0\"}") == 0);
    assertThat(server.count(Counter.RELAY_NO_ROOM)).isPositive();
  }
}
