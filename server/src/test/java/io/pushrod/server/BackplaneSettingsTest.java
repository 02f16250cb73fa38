package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/// What settings say is what is found in Redis.
final class BackplaneSettingsTest {
  private static final String TOPIC = "acme-test:{acme:thread/1}:";

  private final RedisServer redis = RedisServer.start("");

  @RegisterExtension final AfterEachCallback end = _ -> redis.close();

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "storage.backend=redis",
          "storage.redis.url=" + redis.url(),
          "storage.redis.key_prefix=acme-test:",
          "storage.redis.stream_ttl_seconds=7777",
          "storage.redis.max_events_per_run=100",
          "storage.redis.connection_pool_size=5",
          "storage.redis.producers_per_topic=16",
          "storage.redis.queue_bytes=64KiB");

  private long number(String... command) {
    return Long.parseLong(redis.call(command).getFirst());
  }

  @Test
  void allKeysBeginWithThePrefix() {
    server.ws().subscribe("thread/1", "");
    server.publish("thread/1", "note", "{}");
    assertThat(redis.call("KEYS", "*")).isNotEmpty().allMatch(key -> key.startsWith("acme-test:"));
    redis.awaitSubscribers(TOPIC + "c", 1);
  }

  @Test
  void aTopicIsKeptForItsTime() {
    server.publish("thread/1", "note", "{}");
    for (String kind : List.of("m", "s", "p")) {
      assertThat(number("TTL", TOPIC + kind)).isBetween(7_000L, 7_777L);
    }
  }

  @Test
  void aTopicKeepsItsNewestEvents() {
    server.publishTokens("thread/1", 1, 500);
    // Redis drops entries by the hundred.
    assertThat(number("XLEN", TOPIC + "s")).isBetween(100L, 250L);
    assertThat(redis.call("HGET", TOPIC + "m", "seq")).containsExactly("500");
  }

  @Test
  void aTopicKeepsMoreOfItsLifecycleEvents() {
    server.publishAll(
        600, i -> "{\"topic\":\"thread/1\",\"type\":\"error\",\"data\":{\"n\":" + i + "}}");
    assertThat(number("XLEN", TOPIC + "l")).isBetween(256L, 400L);
  }

  @Test
  void aTopicRemembersItsLastProducers() {
    for (int i = 0; i < 40; i++) {
      try (IngestClient client = IngestClient.ready(server, "agents-" + i, 7)) {
        client.publish(1, IngestClient.event("thread/1", "note", "{}"));
        client.settled(1);
      }
    }
    assertThat(number("HLEN", TOPIC + "p")).isBetween(8L, 16L);
    try (IngestClient last = IngestClient.ready(server, "agents-39", 7)) {
      last.publish(1, IngestClient.event("thread/1", "note", "{}"));
      assertThat(last.settled(1).sequences()).containsExactly(0L);
    }
  }

  @Test
  void commandsHaveAsManyConnections() {
    int others = 2; // for channels, and this test's own
    Await.until(
        "all are there",
        () -> redis.text("INFO", "clients").contains("connected_clients:" + (5 + others)));
  }

  @Test
  void moreThanMayWaitIsHeldBack() {
    redis.kill();
    Await.until("not ready", () -> server.fetchReady() == 503);
    byte[] event = IngestClient.event("thread/1", "note", '"' + "x".repeat(50_000) + '"');
    try (IngestClient client = IngestClient.ready(server, "agents", 7)) {
      client.publish(1, event);
      client.publish(2, event);
      Await.until("it waits", () -> server.scraped("pushrod_redis_waiting_bytes") > 64 * 1024);
      client.publish(3, event);
      Await.until("held back", () -> server.limitHits("storage") > 0);
      assertThat(server.post("/v1/publish", "{\"topic\":\"thread/2\",\"type\":\"note\"}").body())
          .contains("\"overloaded\"");
      redis.begin();
      assertThat(client.settled(3).sequences()).containsExactly(1L, 2L, 3L);
    }
  }
}
