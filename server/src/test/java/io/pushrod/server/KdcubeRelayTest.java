package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// KDCube's producers publish to their Redis, and our readers get it.
class KdcubeRelayTest {
  private static final String SESSION = "3f2a9c1e-5a7b-4a52-9d0c-1f1f5b7a0001";
  private static final String TOPIC = "session/" + SESSION;
  private static final String CHANNELS = "kdcube.relay.chatbot.t1:p1:chat.events.";
  private static final String CHANNEL = CHANNELS + SESSION;

  /// As Python's `json.dumps` writes it.
  private static final String ENVELOPE =
      "{\"type\": \"chat.delta\", \"timestamp\": \"2026-01-08T10:00:00Z\", \"ts\": 1767866400000,"
          + " \"service\": {\"request_id\": \"req-1\", \"tenant\": \"t1\", \"project\": \"p1\","
          + " \"user\": \"u1\"}, \"conversation\": {\"session_id\": \"s\", \"conversation_id\":"
          + " \"c1\", \"turn_id\": \"turn-1\"}, \"event\": {\"step\": \"stream\", \"status\":"
          + " \"running\"}, \"delta\": {\"text\": \"Grüß\", \"marker\": \"answer\", \"index\": 0,"
          + " \"completed\": false}}";

  @RegisterExtension RunningServer server = new RunningServer();
  private RedisServer redis;

  @BeforeEach
  void startRedis() {
    redis = RedisServer.start("");
    restart("");
  }

  @AfterEach
  void stopRedis() {
    server.stop();
    redis.close();
  }

  private void restart(String more) {
    server.restart(
        "relays=[{kind: kdcube, url: '"
            + redis.url()
            + "', tenant: acme, kdcube_tenant: t1, project: p1"
            + more
            + "}]");
  }

  private static String message(String target, String session, String event, String data) {
    return "{\"target_sid\": "
        + target
        + ", \"session_id\": \""
        + session
        + "\", \"event\": \""
        + event
        + "\", \"data\": "
        + data
        + ", \"timestamp\": 1767866400.123456}";
  }

  private static String data(String event) {
    return event.substring(event.indexOf("\"data\":") + 7, event.length() - 1);
  }

  @Test
  void aMessageBecomesAnEventWithItsEnvelopeAsItIs() {
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    redis.publishTo(1, CHANNEL, message("null", SESSION, "chat_delta", ENVELOPE));
    String event = reader.nextEvent();
    assertThat(Json.text(event, "type")).isEqualTo("chat_delta");
    assertThat(event)
        .contains("\"request_id\":\"req-1\",\"thread_id\":\"c1\"", "\"ts\":1767866400123");
    assertThat(data(event))
        .isEqualTo(
            "{\"target_sid\":null,\"env\":{\"type\":\"chat.delta\",\"timestamp\":"
                + "\"2026-01-08T10:00:00Z\",\"ts\":1767866400000,\"service\":{\"request_id\":"
                + "\"req-1\",\"tenant\":\"t1\",\"project\":\"p1\",\"user\":\"u1\"},"
                + "\"conversation\":{\"session_id\":\"s\",\"conversation_id\":\"c1\",\"turn_id\":"
                + "\"turn-1\"},\"event\":{\"step\":\"stream\",\"status\":\"running\"},\"delta\":"
                + "{\"text\":\"Grüß\",\"marker\":\"answer\",\"index\":0,\"completed\":false}}}");
  }

  @Test
  void namesTheConnectionThatAMessageIsFor() {
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    redis.publishTo(1, CHANNEL, message("\"sid-7\"", SESSION, "chat_start", "{}"));
    assertThat(data(reader.nextEvent())).isEqualTo("{\"target_sid\":\"sid-7\",\"env\":{}}");
  }

  @Test
  void dropsWhatHasNoEventOrNoSession() {
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    redis.publishTo(1, CHANNEL, "{\"target_sid\": null, \"session_id\": \"" + SESSION + "\"}");
    for (String bad :
        List.of(
            "{\"event\": \"chat_step\", \"data\": {}}",
            message("null", "another", "chat_step", "{}"),
            message("null", SESSION, "gap", "{}"),
            message("null", SESSION, "with space", "{}"),
            "[]",
            "half {\"event\"",
            "")) {
      redis.publish(CHANNEL, bad);
    }
    redis.publish(CHANNEL, message("null", SESSION, "chat_complete", "null"));
    assertThat(Json.text(reader.nextEvent(), "type")).isEqualTo("chat_complete");
    assertThat(server.count(Counter.RELAY_MALFORMED)).isEqualTo(8);
  }

  @Test
  void dropsWhatIsLargerThanAnEventMayBe() {
    server.restart("limits.event_bytes=1KiB");
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    redis.publishTo(
        1, CHANNEL, message("null", SESSION, "chat_step", "\"" + "x".repeat(2000) + "\""));
    redis.publish(CHANNEL, message("null", SESSION, "chat_complete", "{}"));
    assertThat(Json.text(reader.nextEvent(), "type")).isEqualTo("chat_complete");
    assertThat(server.count(Counter.RELAY_TOO_LARGE)).isEqualTo(1);
  }

  @Test
  void subscribesOnceForAllReadersAndUnsubscribesWithTheLast() {
    restart(", linger: 0s");
    WsClient first = server.ws();
    WsClient second = server.ws();
    first.subscribe(TOPIC, "");
    second.subscribe(TOPIC, "");
    redis.awaitSubscribers(CHANNEL, 1);
    first.cut();
    redis.publish(CHANNEL, message("null", SESSION, "chat_step", "{}"));
    second.nextEvent();
    assertThat(redis.channels()).containsExactly(CHANNEL);
    second.cut();
    redis.awaitSubscribers(CHANNEL, 0);
  }

  @Test
  void staysSubscribedForAQuickReconnect() {
    restart(", linger: 10m");
    WsClient first = server.ws();
    first.subscribe(TOPIC, "");
    redis.awaitSubscribers(CHANNEL, 1);
    first.cut();
    server.awaitCount(Counter.SUBSCRIPTIONS_CLOSED, 1);
    redis.publish(CHANNEL, message("null", SESSION, "chat_step", "{}"));
    server.awaitCount(Counter.EVENTS_APPENDED, 1);
    assertThat(redis.channels()).containsExactly(CHANNEL);
  }

  @Test
  void aProjectsBroadcastIsATopicOfItsOwn() {
    WsClient reader = server.ws();
    reader.subscribe("project/t1/p1", "");
    redis.publishTo(
        1, CHANNELS + "__project__", message("null", "__project__", "chat_service", "{\"a\": 1}"));
    assertThat(data(reader.nextEvent())).isEqualTo("{\"target_sid\":null,\"env\":{\"a\":1}}");
  }

  @Test
  void noSessionPassesForTheProject() {
    WsClient reader = server.ws();
    reader.subscribe("session/__project__", "");
    reader.subscribe(TOPIC, "");
    redis.awaitSubscribers(CHANNEL, 1);
    assertThat(redis.channels()).containsExactly(CHANNEL);
  }

  @Test
  void aHalfThatIsMissingIsADash() {
    server.restart(
        "relays=[{kind: kdcube, identity: other, url: '"
            + redis.url()
            + "', tenant: acme, project: p1},{kind: kdcube, url: '"
            + redis.url()
            + "', tenant: acme, topic: 's:{id}'}]");
    WsClient reader = server.ws();
    reader.subscribe("session/a", "");
    reader.subscribe("s:b", "");
    Await.until(
        "both are subscribed",
        () ->
            redis
                .channels()
                .equals(List.of("kdcube.relay.chatbot.chat.events.b", "other.-:p1:chat.events.a")));
  }

  @Test
  void anotherTenantsReadersSubscribeNothing() {
    WsClient other =
        server.ws(
            "/v1/ws?token="
                + server.token(
                    "globex", List.of("*"), List.of("*"), java.time.Duration.ofHours(1)));
    other.subscribe(TOPIC, "");
    WsClient reader = server.ws();
    reader.subscribe("session/mine", "");
    redis.awaitSubscribers(CHANNELS + "mine", 1);
    assertThat(redis.channels()).containsExactly(CHANNELS + "mine");
  }

  @Test
  void comesBackAfterACrashOfRedisWithAllItsChannels() {
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    reader.subscribe("session/two", "");
    redis.awaitSubscribers(CHANNEL, 1);
    redis.kill();
    server.awaitCount(Counter.RELAY_LOST, 1);
    reader.subscribe("session/three", "");
    redis.begin();
    redis.publishTo(1, CHANNELS + "three", message("null", "three", "chat_step", "{}"));
    redis.publishTo(1, CHANNEL, message("null", SESSION, "chat_complete", "{}"));
    assertThat(reader.nextEvents(2))
        .extracting(event -> Json.text(event, "type"))
        .containsExactly("chat_step", "chat_complete");
    assertThat(redis.channels()).hasSize(3);
  }

  @Test
  void startsWithoutItsRedisAndConnectsWhenItIsThere() {
    redis.kill();
    restart("");
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    server.awaitCount(Counter.RELAY_UNREACHABLE, 1);
    assertThat(server.scraped("pushrod_relay_up{relay=\"kdcube/0\"}")).isZero();
    redis.begin();
    redis.publishTo(1, CHANNEL, message("null", SESSION, "chat_step", "{}"));
    assertThat(Json.text(reader.nextEvent(), "type")).isEqualTo("chat_step");
    assertThat(server.scraped("pushrod_relay_up{relay=\"kdcube/0\"}")).isEqualTo(1);
    assertThat(server.scraped("pushrod_relay_channels{relay=\"kdcube/0\"}")).isEqualTo(1);
  }

  @Test
  void aConnectionThatIsKilledIsMadeAnew() {
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    redis.awaitSubscribers(CHANNEL, 1);
    redis.call("CLIENT", "KILL", "TYPE", "pubsub");
    server.awaitCount(Counter.RELAY_CONNECTED, 2);
    redis.publishTo(1, CHANNEL, message("null", SESSION, "chat_step", "{}"));
    assertThat(Json.text(reader.nextEvent(), "type")).isEqualTo("chat_step");
  }

  @Test
  void aChannelThatWasRefusedIsSubscribedByAReconciliation() {
    restart(", reconcile: 100ms");
    redis.call("ACL", "SETUSER", "default", "resetchannels");
    WsClient reader = server.ws();
    reader.subscribe(TOPIC, "");
    server.awaitCount(Counter.RELAY_REPAIRS, 1);
    redis.call("ACL", "SETUSER", "default", "allchannels");
    redis.publishTo(1, CHANNEL, message("null", SESSION, "chat_step", "{}"));
    assertThat(Json.text(reader.nextEvent(), "type")).isEqualTo("chat_step");
  }

  @Test
  void subscribesNoMoreChannelsThanItMayUntilOneIsFree() {
    restart(", reconcile: 100ms, linger: 0s, channels: 1");
    WsClient first = server.ws();
    first.subscribe("session/one", "");
    redis.awaitSubscribers(CHANNELS + "one", 1);
    WsClient second = server.ws();
    second.subscribe("session/two", "");
    server.awaitCount(Counter.LIMIT_RELAY_CHANNELS, 1);
    assertThat(redis.channels()).containsExactly(CHANNELS + "one");
    first.cut();
    redis.awaitSubscribers(CHANNELS + "two", 1);
  }

  @Test
  void tellsKdcubesMonitoringHowManyAreHere() {
    restart(", stats: true");
    String pattern = "t1:p1:kdcube:chat:sse:connections:*";
    Await.until("the key is there", () -> !redis.call("KEYS", pattern).isEmpty());
    String key = redis.call("KEYS", pattern).getFirst();
    server.ws().subscribe(TOPIC, "");
    server.ws().subscribe(TOPIC, "");
    server.ws().subscribe("project/t1/p1", "");
    redis.awaitSubscribers(CHANNELS + "__project__", 1);
    redis.call("CLIENT", "KILL", "TYPE", "pubsub"); // who comes back tells anew
    Await.until("all are counted", () -> redis.call("GET", key).getFirst().contains(":2,"));
    assertThat(redis.call("GET", key).getFirst())
        .matches(
            "\\{\"count\":2,\"sessions\":1,\"max\":100000,\"ts\":\\d+\\.\\d{3},"
                + "\"instance_id\":\"[^\"]+\",\"process_id\":\\d+}");
    assertThat(Integer.parseInt(redis.call("TTL", key).getFirst())).isBetween(1, 60);
    server.stop();
    assertThat(redis.call("GET", key).getFirst()).startsWith("{\"count\":0,\"sessions\":0,");
  }
}
