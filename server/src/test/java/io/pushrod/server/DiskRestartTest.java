package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Topics that are on disk, and of which memory holds little.
final class DiskRestartTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer("storage.backend=disk", "storage.resident_bytes=64KiB");

  @Test
  void aCursorGoesOnAfterARestartWithoutAGap() {
    server.publishTokens("thread/42", 1, 100);
    String cursor =
        Json.text(server.fetch("/v1/topics/thread/42/events?limit=40").body(), "cursor");
    server.stop();
    server.start();

    WsClient client = server.ws();
    client.subscribe("thread/42", ",\"after\":\"" + cursor + "\"");
    List<String> replayed = client.nextEvents(60);
    server.publishTokens("thread/42", 101, 110);
    List<String> live = client.nextEvents(10);

    assertThat(replayed).extracting(e -> Json.number(e, "seq")).first().isEqualTo(41L);
    assertThat(live).extracting(e -> Json.number(e, "seq")).last().isEqualTo(110L);
  }

  @Test
  void aRetryIsKnownAfterARestart() {
    byte[] event = IngestClient.event("thread/42", "note", "{\"n\":1}");
    try (IngestClient client = IngestClient.ready(server, "p1", 1)) {
      client.publish(1, event);
      assertThat(client.settled(1).sequences()).containsExactly(1L);
    }
    server.stop();
    server.start();

    try (IngestClient client = IngestClient.ready(server, "p1", 1)) {
      client.publish(1, event);
      client.publish(2, IngestClient.event("thread/42", "note", "{\"n\":2}"));
      assertThat(client.settled(2).sequences()).last().isEqualTo(2L);
    }
    assertThat(server.fetch("/v1/topics/thread/42/events").body())
        .containsOnlyOnce("{\"n\":1}")
        .containsOnlyOnce("{\"n\":2}");
  }

  private void publishMoreThanMemoryKeeps() {
    String text = "x".repeat(1_000);
    for (int from = 0; from < 2_000; from += 100) {
      server.publishAll(
          100,
          _ -> "{\"topic\":\"thread/42\",\"type\":\"note\",\"data\":{\"text\":\"" + text + "\"}}");
    }
    server.stop();
    server.start();
  }

  @Test
  void aWebSocketReadsWhatIsNotInMemory() {
    publishMoreThanMemoryKeeps();
    WsClient client = server.ws();
    client.subscribe("thread/42", ",\"after\":\"earliest\"");

    List<String> all = client.nextEvents(2_000);
    assertThat(all).extracting(e -> Json.number(e, "seq")).isSorted().endsWith(2_000L);
    assertThat(server.count(Counter.DISK_READS)).isPositive();
  }

  @Test
  void anEventStreamReadsWhatIsNotInMemory() {
    publishMoreThanMemoryKeeps();
    SseClient client = server.sse("topic=thread/42&after=earliest");

    List<SseClient.Dispatched> all = client.nextEvents(2_000);
    assertThat(all).extracting(e -> Json.number(e.data(), "seq")).isSorted().endsWith(2_000L);
  }

  @Test
  void historyPagesThroughWhatIsNotInMemory() {
    publishMoreThanMemoryKeeps();

    long last = 0;
    String after = "";
    for (int pages = 0; last < 2_000 && pages < 100; pages++) {
      String page = server.fetch("/v1/topics/thread/42/events?limit=100" + after).body();
      assertThat(page).contains("\"seq\":" + (last + 1) + ",");
      String cursor = Json.text(page, "cursor");
      last = Long.parseLong(cursor.substring(cursor.indexOf('-') + 1));
      after = "&after=" + cursor;
    }
    assertThat(last).isEqualTo(2_000);
  }

  @Test
  void tellsAGapWhereTheDiskWasTrimmed() {
    server.publishTokens("thread/42", 1, 10);
    String cursor = Json.text(server.fetch("/v1/topics/thread/42/events?limit=5").body(), "cursor");
    server.restart("retention.events=20");
    server.publishTokens("thread/42", 11, 60);
    server.awaitCount(Counter.DISK_EVENTS_TRIMMED, 1);
    server.stop();
    server.start();

    WsClient client = server.ws();
    client.subscribe("thread/42", ",\"after\":\"" + cursor + "\"");
    assertThat(client.nextEvents(1).getFirst())
        .contains("\"type\":\"gap\"", "\"reason\":\"trimmed\"");
  }
}
