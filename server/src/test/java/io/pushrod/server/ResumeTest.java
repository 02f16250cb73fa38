package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

@ParameterizedClass
@MethodSource("io.pushrod.server.support.Ways#all")
@Tag("acceptance")
final class ResumeTest {
  @RegisterExtension final RunningServer server;

  ResumeTest(String way) {
    server = new RunningServer(way);
  }

  @Test
  void replaysFromCursorThenGoesLiveOverWebSocket() {
    server.publishTokens("thread/42", 1, 100);
    WsClient client = server.ws();
    String cursor =
        Json.text(server.fetch("/v1/topics/thread/42/events?limit=40").body(), "cursor");

    client.subscribe("thread/42", ",\"after\":\"" + cursor + "\"");
    List<String> replayed = client.nextEvents(60);
    server.publishTokens("thread/42", 101, 120);
    List<String> live = client.nextEvents(20);

    assertThat(replayed).extracting(e -> Json.number(e, "seq")).first().isEqualTo(41L);
    assertThat(live).extracting(e -> Json.number(e, "seq")).last().isEqualTo(120L);
  }

  @Test
  void replaysFromLastEventIdThenGoesLiveOverSse() {
    server.publishTokens("thread/42", 1, 100);
    SseClient first = server.sse("topic=thread/42&after=earliest");
    String id = first.nextEvents(40).getLast().id();

    SseClient second = server.sse("topic=thread/42", "Last-Event-ID", id);
    List<SseClient.Dispatched> replayed = second.nextEvents(60);
    server.publishTokens("thread/42", 101, 120);
    List<SseClient.Dispatched> live = second.nextEvents(20);

    assertThat(replayed).extracting(e -> Json.number(e.data(), "seq")).first().isEqualTo(41L);
    assertThat(live).extracting(e -> Json.number(e.data(), "seq")).last().isEqualTo(120L);
  }

  @DisabledIfSystemProperty(
      named = "pushrod.test.backend",
      matches = "disk|redis",
      disabledReason = "there the topic outlives the server")
  @Test
  void tellsAGapWhenTheServerBeganAnew() {
    server.publishTokens("thread/42", 1, 10);
    String cursor = Json.text(server.fetch("/v1/topics/thread/42/events").body(), "cursor");
    server.stop();
    server.start();
    server.publishTokens("thread/42", 1, 3);

    WsClient client = server.ws();
    client.subscribe("thread/42", ",\"after\":\"" + cursor + "\"");

    String gap = client.nextEvent();
    assertThat(gap).contains("\"type\":\"gap\"", "\"reason\":\"epoch\"", "\"to\":null");
    assertThat(client.nextEvents(3))
        .extracting(e -> Json.number(e, "seq"))
        .containsExactly(1L, 2L, 3L);
  }

  @EnabledIfSystemProperty(
      named = "pushrod.test.backend",
      matches = "disk|redis",
      disabledReason = "memory ends with the server")
  @Test
  void goesOnWhereItWasOnceTheServerIsBack() {
    server.publishTokens("thread/42", 1, 10);
    String cursor = Json.text(server.fetch("/v1/topics/thread/42/events").body(), "cursor");
    server.publishTokens("thread/42", 11, 20);
    server.stop();
    server.start();
    server.publishTokens("thread/42", 21, 30);

    WsClient client = server.ws();
    client.subscribe("thread/42", ",\"after\":\"" + cursor + "\"");

    assertThat(client.nextEvents(20))
        .extracting(e -> Json.number(e, "seq"))
        .isEqualTo(LongStream.rangeClosed(11, 30).boxed().toList());
  }
}
