package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Who is on a topic. A user leaves a tenth of a second after its last connection, unless a test
/// says otherwise.
@Tag("acceptance")
final class PresenceTest {
  private static final List<String> ALL = List.of("*");

  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "presence.topics=room/*", "presence.leave_delay=100ms", "server.event_loops=2");

  private String token(String user) {
    return token(user, "acme", ALL);
  }

  private String token(String user, String tenant, List<String> topics) {
    return server.token(user, tenant, topics, ALL, Duration.ofHours(1));
  }

  private WsClient ws(String token) {
    WsClient client = server.ws("/v1/ws?token=" + token);
    assertThat(client.next()).startsWith("{\"op\":\"welcome\"");
    return client;
  }

  /// A connection of the user that reads the room and hears of nobody but those who come later.
  private WsClient on(String topic, String user) {
    WsClient client = ws(token(user));
    assertThat(client.subscribe(topic, "")).startsWith("{\"op\":\"ack\"");
    awaitConnections(topic, user);
    return client;
  }

  private void awaitConnections(String topic, String user) {
    Await.until(user + " on " + topic, () -> presence(topic).contains("\"user\":\"" + user + "\""));
  }

  private String presence(String topic) {
    return ask("/v1/topics/" + topic + "/presence", token("probe")).body();
  }

  private HttpResponse<String> ask(String path, String token) {
    return server.send(
        HttpRequest.newBuilder(server.http(path)).header("Authorization", "Bearer " + token));
  }

  /// The next event about this user.
  private static String next(WsClient reader, String user) {
    String event = reader.nextEvent();
    while (!event.contains("\"data\":{\"user\":\"" + user + "\"")) {
      event = reader.nextEvent();
    }
    return event;
  }

  private static String next(WsClient reader, String type, String user) {
    String event = next(reader, user);
    assertThat(event).contains("\"type\":\"" + type + "\"");
    return event;
  }

  // Events.

  @Test
  void readersSeeAUserComeChangeAndGo() {
    WsClient ann = on("room/1", "ann");
    WsClient bob = on("room/1", "bob");
    assertThat(next(ann, "presence_join", "bob"))
        .matches(
            "\\{\"topic\":\"room/1\",\"type\":\"presence_join\",\"ts\":[0-9]+,"
                + "\"tenant_id\":\"acme\",\"env\":\"dev\","
                + "\"data\":\\{\"user\":\"bob\",\"connections\":1,\"since\":[0-9]+,"
                + "\"state\":null\\}\\}");
    bob.send("{\"op\":\"state\",\"id\":7,\"topic\":\"room/1\",\"state\":{ \"at\" : \"p3\" }}");
    assertThat(bob.nextReply()).isEqualTo("{\"op\":\"ack\",\"id\":7,\"topic\":\"room/1\"}");
    assertThat(next(ann, "presence_update", "bob")).endsWith("\"state\":{\"at\":\"p3\"}}}");
    bob.close();
    assertThat(next(ann, "presence_leave", "bob"))
        .contains("\"connections\":0")
        .endsWith("\"state\":{\"at\":\"p3\"}}}");
    assertThat(presence("room/1")).contains("\"users\":1,\"connections\":1");
  }

  @Test
  void twoTabsAreOneUser() {
    WsClient ann = on("room/1", "ann");
    WsClient first = on("room/1", "bob");
    next(ann, "presence_join", "bob");
    WsClient second = ws(token("bob"));
    second.subscribe("room/1", "");
    Await.until("two tabs", () -> presence("room/1").contains("\"bob\",\"connections\":2"));
    first.close();
    Await.until("one tab", () -> presence("room/1").contains("\"bob\",\"connections\":1"));
    second.close();
    next(ann, "presence_leave", "bob");
  }

  @Test
  void aQuickReconnectIsNoLeave() {
    server.restart("presence.leave_delay=10m");
    WsClient ann = on("room/1", "ann");
    WsClient bob = on("room/1", "bob");
    next(ann, "presence_join", "bob");
    bob.close();
    Await.until("gone", () -> presence("room/1").contains("\"bob\",\"connections\":0"));
    ws(token("bob")).subscribe("room/1", "");
    Await.until("back", () -> presence("room/1").contains("\"bob\",\"connections\":1"));
    server.publish("room/1", "presence_mark", "{}");
    assertThat(ann.nextEvent()).contains("presence_mark");
  }

  @Test
  void aResetConnectionLeavesAfterTheDelay() {
    WsClient ann = on("room/1", "ann");
    RawWs bob = server.rawWsAt("/v1/ws?token=" + token("bob"), 0, new byte[0]);
    bob.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"room/1\"}");
    bob.nextReply();
    next(ann, "presence_join", "bob");
    bob.reset();
    next(ann, "presence_leave", "bob");
  }

  @Test
  void aPeerThatAnswersNoPingLeaves() {
    server.restart("heartbeat.ws_ping=100ms", "heartbeat.ws_missed_pongs=1");
    WsClient ann = on("room/1", "ann");
    RawWs bob = server.rawWsAt("/v1/ws?token=" + token("bob"), 0, new byte[0]);
    bob.send("{\"op\":\"subscribe\",\"id\":1,\"topic\":\"room/1\"}");
    next(ann, "presence_join", "bob");
    next(ann, "presence_leave", "bob");
  }

  @Test
  void anUnsubscribedUserLeavesThatTopicAlone() {
    WsClient ann = on("room/1", "ann");
    WsClient bob = on("room/1", "bob");
    bob.subscribe("room/2", "");
    next(ann, "presence_join", "bob");
    bob.send("{\"op\":\"unsubscribe\",\"topic\":\"room/1\"}");
    next(ann, "presence_leave", "bob");
    assertThat(presence("room/2")).contains("\"bob\",\"connections\":1");
  }

  @Test
  void nothingOfItIsStored() {
    WsClient ann = on("room/1", "ann");
    on("room/1", "bob");
    next(ann, "presence_join", "bob");
    assertThat(server.fetch("/v1/topics/room/1/events").body()).contains("\"events\":[]");
  }

  // Who counts.

  @Test
  void onTopicsWithoutPresenceNobodyCounts() {
    WsClient ann = ws(token("ann"));
    ann.subscribe("thread/1", "");
    ann.send("{\"op\":\"presence\",\"id\":2,\"topic\":\"thread/1\"}");
    assertThat(ann.nextReply())
        .isEqualTo(
            "{\"op\":\"ack\",\"id\":2,\"topic\":\"thread/1\",\"users\":0,\"connections\":0,"
                + "\"anonymous\":0,\"unlisted\":0,\"members\":[]}");
    ann.send("{\"op\":\"state\",\"id\":3,\"topic\":\"thread/1\",\"state\":{}}");
    assertThat(ann.nextReply()).contains("\"forbidden\"");
  }

  @Test
  void aTokenWithoutUserIsCounted() {
    WsClient nobody = ws(token(""));
    nobody.subscribe("room/1", "");
    nobody.send("{\"op\":\"presence\",\"topic\":\"room/1\"}");
    assertThat(nobody.nextReply())
        .contains("\"users\":0,\"connections\":1,\"anonymous\":1,\"unlisted\":0,\"members\":[]");
    nobody.send("{\"op\":\"state\",\"topic\":\"room/1\",\"state\":{}}");
    assertThat(nobody.nextReply()).contains("\"forbidden\"");
  }

  @Test
  void whoOnlyPublishesIsNobody() {
    on("room/1", "ann");
    server.publish("room/1", "note", "{}");
    assertThat(presence("room/1")).contains("\"users\":1,\"connections\":1,\"anonymous\":0");
  }

  @Test
  void aReaderOfEventStreamsCountsAndHasTheSameCommands() {
    WsClient ann = on("room/1", "ann");
    SseClient bob = server.sseAt("/v1/sse?topic=room/1&token=" + token("bob"));
    String path = "/v1/sse/" + Json.text(bob.next().data(), "connection_id");
    next(ann, "presence_join", "bob");
    assertThat(command(path, "{\"op\":\"state\",\"topic\":\"room/1\",\"state\":{\"a\":1}}"))
        .isEqualTo("{\"op\":\"ack\",\"topic\":\"room/1\"}");
    assertThat(next(ann, "presence_update", "bob")).endsWith("{\"a\":1}}}");
    assertThat(command(path, "{\"op\":\"presence\",\"topic\":\"room/1\"}"))
        .contains("\"users\":2")
        .contains("{\"user\":\"ann\",\"connections\":1,");
    assertThat(command(path, "{\"op\":\"state\",\"topic\":\"room/1\",\"state\":null}"))
        .contains("ack");
    assertThat(next(ann, "presence_update", "bob")).endsWith("\"state\":null}}");
  }

  private String command(String path, String json) {
    return server
        .send(
            HttpRequest.newBuilder(server.http(path))
                .header("Authorization", "Bearer " + token("bob"))
                .POST(HttpRequest.BodyPublishers.ofString(json)))
        .body();
  }

  // Asking.

  @Test
  void pagesFollowEachOther() {
    for (String user : List.of("cid", "ann", "bob")) {
      on("room/1", user);
    }
    String first = ask("/v1/topics/room/1/presence?limit=2", token("ann")).body();
    assertThat(first)
        .matches(
            "\\{\"topic\":\"room/1\",\"users\":3,\"connections\":3,\"anonymous\":0,\"unlisted\":0,"
                + "\"members\":\\[\\{\"user\":\"ann\",[^}]*\\},\\{\"user\":\"bob\",[^}]*\\}\\],"
                + "\"next\":\"bob\"\\}");
    assertThat(ask("/v1/topics/room/1/presence?limit=2&after=bob", token("ann")).body())
        .matches(".*\"members\":\\[\\{\"user\":\"cid\",[^}]*\\}\\]\\}");
    WsClient reader = ws(token("ann"));
    reader.send(
        "{\"op\":\"presence\",\"id\":1,\"topic\":\"room/1\",\"after\":\"ann\",\"limit\":1}");
    assertThat(reader.nextReply())
        .startsWith("{\"op\":\"ack\",\"id\":1,\"topic\":\"room/1\",\"users\":3,")
        .endsWith("\"next\":\"bob\"}");
  }

  @Test
  void aPageHasNoMoreThanTheBound() {
    server.restart("presence.page_members=1");
    on("room/1", "ann");
    on("room/1", "aaa");
    assertThat(ask("/v1/topics/room/1/presence?limit=2", token("ann")).body())
        .endsWith("\"next\":\"aaa\"}");
    assertThat(server.count(Counter.LIMIT_PRESENCE_PAGE_MEMBERS)).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "x", "99999999999", ""})
  void aLimitIsAWholeNumber(String limit) {
    assertThat(ask("/v1/topics/room/1/presence?limit=" + limit, token("ann")).statusCode())
        .isEqualTo(400);
  }

  @Test
  void usersBeyondTheBoundAreCountedOnly() {
    server.restart("presence.members_per_topic=1");
    WsClient ann = on("room/1", "ann");
    WsClient bob = ws(token("bob"));
    bob.subscribe("room/1", "");
    Await.until(
        "counted",
        () ->
            presence("room/1")
                .contains("\"users\":1,\"connections\":2,\"anonymous\":0,\"unlisted\":1"));
    bob.send("{\"op\":\"state\",\"topic\":\"room/1\",\"state\":{}}");
    assertThat(bob.nextReply()).contains("\"overloaded\"");
    assertThat(server.limitHits("presence_members_per_topic")).isEqualTo(1);
    bob.close();
    Await.until("given back", () -> presence("room/1").contains("\"unlisted\":0"));
    server.publish("room/1", "note", "{}");
    String event = ann.nextEvent();
    assertThat(event.contains("\"ann\"") ? ann.nextEvent() : event).contains("\"type\":\"note\"");
  }

  @Test
  void theGaugeSaysHowManyAreKnown() {
    on("room/1", "ann");
    on("room/2", "ann");
    assertThat(server.scraped("pushrod_presence_members")).isEqualTo(2);
  }

  // States.

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"op\":\"state\",\"topic\":\"room/1\"}                     | bad_request",
        "{\"op\":\"state\",\"topic\":\"room/1\",\"state\":7}         | bad_request",
        "{\"op\":\"state\",\"topic\":\"room/1\",\"state\":[{}]}      | bad_request",
        "{\"op\":\"state\",\"topic\":\"room/2\",\"state\":{}}        | not_found",
        "{\"op\":\"state\",\"topic\":\"room 2\",\"state\":{}}        | bad_topic",
        "{\"op\":\"presence\"}                                       | bad_topic",
        "{\"op\":\"presence\",\"topic\":\"room/1\",\"after\":5}      | bad_request",
        "{\"op\":\"presence\",\"topic\":\"room/1\",\"limit\":0}      | bad_request"
      })
  void whatIsNoSuchCommandIsRefused(String command, String code) {
    WsClient ann = on("room/1", "ann");
    ann.send(command);
    assertThat(ann.nextReply()).contains("\"code\":\"" + code + "\"");
  }

  @Test
  void aStateHasABound() {
    server.restart("presence.state_bytes=16");
    WsClient ann = on("room/1", "ann");
    ann.send("{\"op\":\"state\",\"topic\":\"room/1\",\"state\":{\"a\":\"12345678\"}}");
    assertThat(ann.nextReply()).startsWith("{\"op\":\"ack\"");
    ann.send("{\"op\":\"state\",\"topic\":\"room/1\",\"state\":{\"a\":\"1234567é\"}}");
    assertThat(ann.nextReply()).contains("\"too_large\"", "17 bytes (expected: <= 16)");
    assertThat(server.limitHits("presence_state_bytes")).isEqualTo(1);
  }

  @Test
  void statesCountAsPublications() {
    server.restart("quotas.publish_per_second=1", "quotas.publish_burst=1");
    WsClient ann = on("room/1", "ann");
    ann.send("{\"op\":\"state\",\"topic\":\"room/1\",\"state\":{\"a\":1}}");
    assertThat(ann.nextReply()).startsWith("{\"op\":\"ack\"");
    ann.send("{\"op\":\"state\",\"topic\":\"room/1\",\"state\":{\"a\":2}}");
    assertThat(ann.nextReply()).contains("\"rate_limited\"", "retry_after_ms");
  }

  // Who may ask.

  @Test
  void whatMayNotBeReadIsNotThere() {
    on("room/1", "ann");
    String stranger = token("eve", "acme", List.of("thread/*"));
    HttpResponse<String> refused = ask("/v1/topics/room/1/presence", stranger);
    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(ask("/v1/topics/room/9/presence", stranger).body())
        .isEqualTo(refused.body().replace("room/1", "room/9"));
    WsClient ws = ws(stranger);
    ws.send("{\"op\":\"presence\",\"id\":1,\"topic\":\"room/1\"}");
    assertThat(ws.nextReply()).contains("\"not_found\"");
    assertThat(server.send(HttpRequest.newBuilder(server.http("/v1/topics/room/1/presence"))))
        .returns(401, HttpResponse::statusCode);
  }

  @Test
  void tenantsSeeNothingOfEachOther() {
    on("room/1", "ann");
    WsClient other = ws(token("ann", "beta", ALL));
    other.subscribe("room/1", "");
    other.send("{\"op\":\"presence\",\"topic\":\"room/1\"}");
    assertThat(other.nextReply()).contains("\"users\":1,\"connections\":1");
    assertThat(presence("room/1")).contains("\"users\":1,\"connections\":1");
  }

  @Test
  void aTopicThatIsDeclaredForOthersIsNotThere() {
    server.restart("auth.owned_topics=room/*");
    declare("room/1", "ann");
    WsClient ann = on("room/1", "ann");
    assertThat(ask("/v1/topics/room/1/presence", token("eve")).statusCode()).isEqualTo(404);
    assertThat(ask("/v1/topics/room/9/presence", token("ann")).statusCode()).isEqualTo(404);
    WsClient eve = ws(token("eve"));
    eve.send("{\"op\":\"presence\",\"topic\":\"room/1\"}");
    assertThat(eve.nextReply()).contains("\"not_found\"");
    ann.send("{\"op\":\"presence\",\"topic\":\"room/1\"}");
    assertThat(ann.nextReply()).contains("\"users\":1");
  }

  private void declare(String topic, String user) {
    HttpResponse<String> answer =
        server.send(
            HttpRequest.newBuilder(server.http("/v1/topics/" + topic + "/readers"))
                .header("Authorization", "Bearer " + server.workerToken(ALL, ALL))
                .PUT(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"users\":[\"" + user + "\",\"probe\"]}")));
    assertThat(answer.statusCode()).isEqualTo(204);
  }
}
