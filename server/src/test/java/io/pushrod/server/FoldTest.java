package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

@Tag("acceptance")
final class FoldTest {
  @RegisterExtension final RunningServer server = new RunningServer("fold.threshold_bytes=2KiB");

  private static String texts(int first, int last) {
    StringBuilder text = new StringBuilder();
    for (int i = first; i <= last; i++) {
      text.append('t').append(i);
    }
    return text.toString();
  }

  @Test
  void givesALateJoinerThePrefixAsOneEventThenGoesLive() {
    server.publishTokens("t", 1, 100);
    SseClient sse = server.sse("topic=t&after=earliest&fold=1");
    WsClient webSocket = server.ws();
    webSocket.subscribe("t", ",\"after\":\"earliest\",\"fold\":true");
    String fromSse = sse.nextEvent().data();
    String fromWebSocket = webSocket.nextEvent();
    server.publishTokens("t", 101, 101);

    assertThat(fromSse).contains("\"seq\":100,\"from_seq\":1,").isEqualTo(fromWebSocket);
    assertThat(Json.text(fromSse, "text")).isEqualTo(texts(1, 100));
    for (String live : List.of(sse.nextEvent().data(), webSocket.nextEvent())) {
      assertThat(live).contains("\"seq\":101,").doesNotContain("from_seq");
      assertThat(Json.text(live, "text")).isEqualTo("t101");
    }
    assertThat(server.count(Counter.EVENTS_FOLDED)).isEqualTo(198);
  }

  @Test
  void givesEverySingleEventToALateJoinerThatDoesNotAskForFolds() {
    server.publishTokens("t", 1, 100);
    SseClient sse = server.sse("topic=t&after=earliest");
    assertThat(sse.nextEvents(100))
        .allSatisfy(event -> assertThat(event.data()).doesNotContain("from_seq"));
  }

  @Test
  void foldsNotAcrossALifecycleEvent() {
    server.publishTokens("t", 1, 10);
    server.publish("t", "run_end", "{}");
    server.publishTokens("t", 12, 20);
    SseClient sse = server.sse("topic=t&after=earliest&fold=1");
    assertThat(Json.text(sse.nextEvent().data(), "text")).isEqualTo(texts(1, 10));
    assertThat(sse.nextEvent().data()).contains("\"seq\":11,", "\"run_end\"");
    assertThat(Json.text(sse.nextEvent().data(), "text")).isEqualTo(texts(12, 20));
  }

  @Test
  void givesALateJoinerOnlyTheLatestOfAState() {
    server.publishAll(
        9,
        i ->
            "{\"topic\":\"t\",\"type\":\"progress\",\"run_id\":\"r\",\"data\":{\"done\":"
                + i
                + "}}");
    server.publish("t", "note", "{}");
    SseClient sse = server.sse("topic=t&after=earliest&fold=1");
    assertThat(sse.nextEvent().data()).contains("\"seq\":9,\"from_seq\":1,", "\"done\":8");
    assertThat(sse.nextEvent().data()).contains("\"seq\":10,", "\"note\"");
  }

  @Test
  void foldsForAReaderThatLagsWithoutLosingText() {
    RawWs lagging = server.rawWs(4096);
    lagging.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    lagging.nextReply();
    int published = 0;
    while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
      server.publishTokens("t", published + 1, published + 500);
      published += 500;
    }
    server.publishTokens("t", published + 1, published + 2000);
    published += 2000;

    List<String> events = lagging.eventsUntil(published);

    assertThat(server.count(Counter.EVENTS_FOLDED)).isGreaterThan(1000);
    assertThat(events).hasSizeLessThan(published - 1000);
    StringBuilder text = new StringBuilder();
    long next = 1;
    for (String event : events) {
      long from = event.contains("\"from_seq\"") ? Json.number(event, "from_seq") : next;
      assertThat(from).isEqualTo(next);
      text.append(Json.text(event, "text"));
      next = Json.number(event, "seq") + 1;
    }
    assertThat(next).isEqualTo(published + 1L);
    assertThat(text).hasToString(texts(1, published));
  }

  @Test
  void goesLiveAgainOnceItHasCaughtUp() {
    RawWs lagging = server.rawWs(4096);
    lagging.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"t\"}");
    lagging.nextReply();
    int published = 0;
    while (server.count(Counter.SOCKET_PUSHBACKS) == 0) {
      server.publishTokens("t", published + 1, published + 500);
      published += 500;
    }
    lagging.eventsUntil(published);
    server.publishTokens("t", published + 1, published + 1);
    assertThat(lagging.nextEvent()).contains("\"seq\":" + (published + 1) + ",\"topic\"");
  }
}
