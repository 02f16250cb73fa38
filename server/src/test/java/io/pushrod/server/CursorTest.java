package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("acceptance")
final class CursorTest {
  private static final String TOPIC = "thread/42";

  @RegisterExtension final RunningServer server = new RunningServer();

  private String epoch() {
    return Json.text(history(""), "epoch");
  }

  private String history(String query) {
    HttpResponse<String> answer = server.fetch("/v1/topics/" + TOPIC + "/events?" + query);
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  /// The events of a page, one by one.
  private static List<String> events(String page) {
    String all = page.substring(page.indexOf("\"events\":[") + 10, page.lastIndexOf(']'));
    return all.isEmpty() ? List.of() : Arrays.asList(all.split(",(?=\\{\"id\":)"));
  }

  private List<String> overWebSocket(String start, int count) {
    WsClient client = server.ws();
    assertThat(client.subscribe(TOPIC, start)).startsWith("{\"op\":\"ack\"");
    return client.nextEvents(count);
  }

  private List<String> overSse(String start, int count) {
    return server.sse("topic=" + TOPIC + "&" + start).nextEvents(count).stream()
        .map(SseClient.Dispatched::data)
        .toList();
  }

  private static List<Long> sequences(List<String> events) {
    return events.stream().map(e -> Json.number(e, "seq")).toList();
  }

  // A cursor that the log does not continue.

  private static void assertEpochGapThenAll(List<String> events, String from, String epoch) {
    assertThat(events.getFirst())
        .startsWith("{\"id\":\"" + epoch + "-0\",\"topic\":\"thread/42\",\"type\":\"gap\"")
        .endsWith("\"data\":{\"reason\":\"epoch\",\"from\":\"" + from + "\",\"to\":null}}");
    assertThat(sequences(events.subList(1, events.size()))).containsExactly(1L, 2L, 3L);
  }

  @Test
  void tellsAGapAndAllThatIsRetainedToACursorOfAnotherEpoch() {
    server.publishTokens(TOPIC, 1, 3);

    assertEpochGapThenAll(overWebSocket(",\"after\":\"zz-7\"", 4), "zz-8", epoch());
    assertEpochGapThenAll(overSse("after=zz-7", 4), "zz-8", epoch());
    assertEpochGapThenAll(events(history("after=zz-7")), "zz-8", epoch());
    assertThat(server.scraped("pushrod_gaps_total{reason=\"epoch\"}")).isEqualTo(3);
  }

  @Test
  void tellsTheSameToACursorFromTheFuture() {
    server.publishTokens(TOPIC, 1, 3);
    String future = epoch() + "-4";
    String from = epoch() + "-5";

    assertEpochGapThenAll(overWebSocket(",\"after\":\"" + future + "\"", 4), from, epoch());
    assertEpochGapThenAll(overSse("after=" + future, 4), from, epoch());
    assertEpochGapThenAll(events(history("after=" + future)), from, epoch());
  }

  @Test
  void primesTheStreamWithTheOldCursorUntilTheGapIsTold() {
    server.publishTokens(TOPIC, 1, 3);
    SseClient client = server.sse("topic=" + TOPIC, "Last-Event-ID", "zz-7");
    assertThat(client.next().id()).isEqualTo("zz-7");
    assertThat(client.next().id()).isEqualTo(epoch() + "-0");
    assertThat(client.next().id()).isEqualTo(epoch() + "-1");
  }

  @Test
  void keepsTheOldCursorInThePageOfATopicThatBeganNotAgain() {
    HttpResponse<String> page = server.fetch("/v1/topics/" + TOPIC + "/events?after=zz-7");
    assertThat(page.body()).contains("\"events\":[],\"cursor\":\"zz-7\",\"more\":false");
  }

  // A cursor whose events were trimmed.

  private void assertTrimmedGapThenRest(List<String> events) {
    String epoch = epoch();
    assertThat(events.getFirst())
        .startsWith("{\"id\":\"" + epoch + "-20\",\"topic\":\"thread/42\",\"type\":\"gap\"")
        .doesNotContain("\"seq\"")
        .endsWith(
            "\"data\":{\"reason\":\"trimmed\",\"from\":\""
                + epoch
                + "-6\",\"to\":\""
                + epoch
                + "-20\"}}");
    assertThat(sequences(events.subList(1, events.size())))
        .containsExactly(21L, 22L, 23L, 24L, 25L, 26L, 27L, 28L, 29L, 30L);
  }

  @Test
  void tellsTheExactRangeThatWasTrimmed() {
    server.restart(RunningServer.retaining(10));
    server.publishTokens(TOPIC, 1, 30);
    server.awaitFirst(TOPIC, 21);
    String after = epoch() + "-5";

    assertTrimmedGapThenRest(overWebSocket(",\"after\":\"" + after + "\"", 11));
    assertTrimmedGapThenRest(overWebSocket(",\"after\":5", 11));
    assertTrimmedGapThenRest(overSse("after=" + after, 11));
    assertTrimmedGapThenRest(events(history("after=" + after)));
    assertThat(server.count(Counter.GAPS_TRIMMED)).isEqualTo(4);
  }

  @Test
  void keepsLifecycleEventsOfWhatWasTrimmed() {
    server.restart(RunningServer.retaining(10));
    server.publishTokens(TOPIC, 1, 7);
    server.publish(TOPIC, "run_end", "{}");
    server.publishTokens(TOPIC, 9, 30);
    server.awaitFirst(TOPIC, 21);
    String after = epoch() + "-5";

    for (List<String> events :
        List.of(
            overWebSocket(",\"after\":\"" + after + "\"", 4),
            overSse("after=" + after, 4),
            events(history("after=" + after)))) {
      assertThat(events.get(0))
          .contains("\"from\":\"" + epoch() + "-6\",\"to\":\"" + epoch() + "-7\"");
      assertThat(events.get(1)).contains("\"seq\":8,", "\"type\":\"run_end\"");
      assertThat(events.get(2))
          .contains("\"from\":\"" + epoch() + "-9\",\"to\":\"" + epoch() + "-20\"");
      assertThat(events.get(3)).contains("\"seq\":21,");
    }
  }

  @Test
  void tellsNoGapToWhoAsksForTheEarliest() {
    server.restart(RunningServer.retaining(10));
    server.publishTokens(TOPIC, 1, 30);
    server.awaitFirst(TOPIC, 21);
    assertThat(sequences(overWebSocket(",\"after\":\"earliest\"", 1))).containsExactly(21L);
    assertThat(sequences(overSse("after=earliest", 1))).containsExactly(21L);
    assertThat(sequences(events(history("")))).startsWith(21L);
  }

  // Spellings.

  @ParameterizedTest
  @CsvSource({
    "after, EPOCH-5, 6",
    "starting_after, EPOCH-5, 6",
    "since, EPOCH-5, 6",
    "offset, EPOCH-5, 6",
    "last_event_id, EPOCH-5, 6",
    "after, 5, 6",
    "offset, 5, 6",
    "from_sequence, 5, 5",
    "from_sequence, 1, 1",
    "after, 0, 1",
    "after, earliest, 1",
    "since, earliest, 1",
    "after, now, 11",
    "from_sequence, 0, 11",
    "after, EPOCH-10, 11",
  })
  void beginsWhereTheSpellingSays(String name, String value, long first) {
    server.publishTokens(TOPIC, 1, 10);
    String start = value.replace("EPOCH", epoch());
    WsClient webSocket = server.ws();
    webSocket.subscribe(TOPIC, ",\"" + name + "\":\"" + start + "\"");
    SseClient sse = server.sse("topic=" + TOPIC + "&" + name + "=" + start);
    sse.next();
    String page = history(name + "=" + start);
    server.publishTokens(TOPIC, 11, 11);

    assertThat(Json.number(webSocket.nextEvent(), "seq")).isEqualTo(first);
    assertThat(Json.number(sse.nextEvent().data(), "seq")).isEqualTo(first);
    if (first == 11) {
      assertThat(events(page)).isEmpty();
    } else {
      assertThat(sequences(events(page))).startsWith(first).endsWith(10L);
    }
  }

  @Test
  void takesBareNumbersAsJsonNumbers() {
    server.publishTokens(TOPIC, 1, 10);
    assertThat(sequences(overWebSocket(",\"after\":5", 1))).containsExactly(6L);
    assertThat(sequences(overWebSocket(",\"from_sequence\":5", 1))).containsExactly(5L);
  }

  @Test
  void prefersTheHeaderToTheQuery() {
    server.publishTokens(TOPIC, 1, 10);
    SseClient client =
        server.sse("topic=" + TOPIC + "&after=earliest", "Last-Event-ID", epoch() + "-8");
    assertThat(Json.number(client.nextEvent().data(), "seq")).isEqualTo(9);
  }

  @ParameterizedTest
  @ValueSource(strings = {"garbage", "-5", "abc-", "0-5", "k3f9x2-x", "1.5", "a=b", "latest"})
  void refusesGarbage(String garbage) {
    WsClient client = server.ws();
    assertThat(client.subscribe(TOPIC, ",\"after\":\"" + garbage + "\""))
        .startsWith("{\"op\":\"error\",\"id\":1,\"code\":\"bad_cursor\"");
    for (String path :
        List.of(
            "/v1/sse?topic=" + TOPIC + "&after=" + garbage,
            "/v1/sse?topic=" + TOPIC + "&since=" + garbage,
            "/v1/topics/" + TOPIC + "/events?after=" + garbage)) {
      HttpResponse<String> answer = server.fetch(path);
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(answer.body()).startsWith("{\"error\":{\"code\":\"bad_cursor\"");
    }
    SseClient header = server.sse("topic=" + TOPIC, "Last-Event-ID", garbage);
    assertThat(header.response().statusCode()).isEqualTo(400);
  }

  @Test
  void refusesTwoSpellingsInOneCommand() {
    assertThat(server.ws().subscribe(TOPIC, ",\"after\":1,\"offset\":2"))
        .contains("\"bad_cursor\"");
  }

  // Several topics in one stream.

  private void publishTo(List<String> topics, int rounds) {
    for (int i = 0; i < rounds; i++) {
      for (String topic : topics) {
        server.publish(topic, "note", "{\"round\":" + i + "}");
      }
    }
  }

  private static List<Long> sequencesOf(String topic, List<SseClient.Dispatched> events) {
    return events.stream()
        .map(SseClient.Dispatched::data)
        .filter(e -> Json.text(e, "topic").equals(topic))
        .map(e -> Json.number(e, "seq"))
        .toList();
  }

  @Test
  void resumesEveryTopicOfAStreamExactly() {
    List<String> topics = List.of("a", "b", "c");
    publishTo(topics, 4);
    for (int cut = 0; cut <= 12; cut += 3) {
      SseClient first = server.sse("topic=a&topic=b&topic=c&after=earliest");
      String id = first.next().id();
      List<SseClient.Dispatched> events = new ArrayList<>();
      for (int i = 0; i < cut; i++) {
        events.add(first.next());
        id = events.getLast().id();
      }
      SseClient second = server.sse("topic=a&topic=b&topic=c", "Last-Event-ID", id);
      second.next();
      while (events.size() < 12) {
        events.add(second.next());
      }
      for (String topic : topics) {
        assertThat(sequencesOf(topic, events))
            .as(topic + " cut at " + cut)
            .containsExactly(1L, 2L, 3L, 4L);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"after", "last_event_id", "since", "starting_after", "offset"})
  void takesTheIdOfManyTopicsBySpellingsOfTheQuery(String name) {
    publishTo(List.of("a", "b"), 3);
    SseClient first = server.sse("topic=a&topic=b&after=earliest");
    String id = first.nextEvents(6).getLast().id();
    SseClient second = server.sse("topic=a&topic=b&" + name + "=" + id.replace("=", "%3D"));
    assertThat(second.next().id()).isEqualTo(id);
  }

  @Test
  void bringsBackATopicThatWasAddedToTheStream() {
    publishTo(List.of("a", "b"), 2);
    SseClient first = server.sse("topic=a&after=earliest");
    String connection = Json.text(first.next().data(), "connection_id");
    List<SseClient.Dispatched> events = new ArrayList<>(first.nextEvents(2));
    assertThat(events.getLast().id()).doesNotContain("=");

    HttpResponse<String> added =
        server.post(
            "/v1/sse/" + connection,
            "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"b\",\"after\":\"earliest\"}");
    assertThat(added.body()).startsWith("{\"op\":\"ack\",\"id\":1,\"topic\":\"b\"");
    events.add(first.next());
    String id = events.getLast().id();
    assertThat(id).matches("a=[0-9a-z]+-2,b=[0-9a-z]+-1");

    SseClient second = server.sse("topic=a", "Last-Event-ID", id);
    assertThat(second.next().id()).isEqualTo(id);
    events.add(second.next());
    publishTo(List.of("a", "b"), 1);
    events.addAll(List.of(second.next(), second.next()));
    assertThat(sequencesOf("a", events)).containsExactly(1L, 2L, 3L);
    assertThat(sequencesOf("b", events)).containsExactly(1L, 2L, 3L);
  }

  @Test
  void losesNothingWhileATopicIsAdded() {
    SseClient client = server.sse("topic=a");
    String connection = Json.text(client.next().data(), "connection_id");
    publishTo(List.of("a"), 5);
    server.post("/v1/sse/" + connection, "{\"op\":\"subscribe\",\"id\":1,\"topic\":\"b\"}");
    publishTo(List.of("a", "b"), 5);
    List<SseClient.Dispatched> events = client.nextEvents(15);
    assertThat(sequencesOf("a", events)).containsExactly(1L, 2L, 3L, 4L, 5L, 6L, 7L, 8L, 9L, 10L);
    assertThat(sequencesOf("b", events)).containsExactly(1L, 2L, 3L, 4L, 5L);
  }
}
