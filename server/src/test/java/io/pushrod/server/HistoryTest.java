package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("acceptance")
final class HistoryTest {
  private static final Pattern SEQUENCE = Pattern.compile("\"seq\":([0-9]+),");

  @RegisterExtension final RunningServer server = new RunningServer();

  private String page(String query) {
    HttpResponse<String> answer = server.fetch("/v1/topics/thread/42/events?" + query);
    assertThat(answer.statusCode()).isEqualTo(200);
    return answer.body();
  }

  private static List<Long> sequences(String page) {
    return SEQUENCE.matcher(page).results().map(r -> Long.parseLong(r.group(1))).toList();
  }

  private static List<Long> range(long first, long last) {
    return LongStream.rangeClosed(first, last).boxed().toList();
  }

  @Test
  void readsAllPagesByTheirCursors() {
    server.publishTokens("thread/42", 1, 25);
    List<Long> all = new ArrayList<>();
    String page = page("limit=10");
    all.addAll(sequences(page));
    while (page.contains("\"more\":true")) {
      page = page("limit=10&after=" + Json.text(page, "cursor"));
      all.addAll(sequences(page));
    }
    assertThat(all).isEqualTo(range(1, 25));
    assertThat(page).endsWith("-25\",\"more\":false}");
  }

  @Test
  void saysWhatIsRetained() {
    server.restart(RunningServer.retaining(10));
    server.publishTokens("thread/42", 1, 25);
    server.awaitFirst("thread/42", 16);
    String page = page("");
    assertThat(page).startsWith("{\"topic\":\"thread/42\",\"epoch\":\"");
    assertThat(page).contains("\"first\":16,\"last\":25,\"events\":[{\"id\":\"");
  }

  @Test
  void givesAHundredEventsWhenNobodySays() {
    server.publishTokens("thread/42", 1, 150);
    assertThat(sequences(page(""))).isEqualTo(range(1, 100));
    WsClient client = server.ws();
    client.send("{\"op\":\"history\",\"id\":1,\"topic\":\"thread/42\"}");
    assertThat(sequences(client.nextReply())).isEqualTo(range(1, 100));
  }

  @Test
  void boundsWhatOnePageHas() {
    server.restart("limits.history_page_events=20");
    server.publishTokens("thread/42", 1, 30);
    String page = page("limit=1000");
    assertThat(sequences(page)).isEqualTo(range(1, 20));
    assertThat(page).contains("\"more\":true");
    WsClient client = server.ws();
    client.send("{\"op\":\"history\",\"id\":1,\"topic\":\"thread/42\",\"limit\":1000}");
    assertThat(sequences(client.nextReply())).isEqualTo(range(1, 20));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "x", "1.5", "99999999999"})
  void refusesALimitThatIsNone(String limit) {
    HttpResponse<String> answer = server.fetch("/v1/topics/thread/42/events?limit=" + limit);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"bad_request\"");
  }

  @Test
  void answersATopicWithoutEventsByAnEmptyPageAndMakesNone() {
    String page = page("");
    assertThat(page)
        .isEqualTo("{\"topic\":\"thread/42\",\"events\":[],\"cursor\":\"0\",\"more\":false}");
    assertThat(server.scraped("pushrod_topics")).isZero();

    server.publishTokens("thread/42", 1, 3);

    assertThat(sequences(page("after=" + Json.text(page, "cursor")))).isEqualTo(range(1, 3));
    WsClient client = server.ws();
    client.subscribe("thread/42", ",\"after\":\"" + Json.text(page, "cursor") + "\"");
    assertThat(client.nextEvent()).contains("\"seq\":1,");
  }

  @Test
  void refusesATopicThatCannotBe() {
    HttpResponse<String> answer = server.fetch("/v1/topics/a%20b/events");
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"bad_topic\"");
  }

  @Test
  void continuesInASubscriptionWhereThePageEnded() {
    server.publishTokens("thread/42", 1, 25);
    WsClient client = server.ws();
    client.send("{\"op\":\"history\",\"id\":5,\"topic\":\"thread/42\",\"limit\":10}");
    String page = client.nextReply();
    assertThat(page).startsWith("{\"op\":\"ack\",\"id\":5,\"topic\":\"thread/42\",\"events\":[");
    client.subscribe("thread/42", ",\"after\":\"" + Json.text(page, "cursor") + "\"");
    assertThat(client.nextEvent()).contains("\"seq\":11,");
  }
}
