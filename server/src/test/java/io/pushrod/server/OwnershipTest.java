package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.pushrod.client.PublishRejected;
import io.pushrod.client.Publisher;
import io.pushrod.client.PublisherConfig;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Topics under `thread/` exist only for whom a service declared as their readers.
@Tag("acceptance")
final class OwnershipTest {
  private static final String FOR_ANN = "{\"users\":[\"ann\"]}";
  private static final List<String> ALL = List.of("*");

  @RegisterExtension
  final RunningServer server =
      new RunningServer("auth.owned_topics=thread/*", "server.event_loops=2");

  private String token(
      String user, String tenant, List<String> roles, List<String> publish, List<String> own) {
    return DevSecret.loadOrCreate(server.dataDir())
        .minter()
        .mint(
            new TokenRequest(
                tenant, user, roles, ALL, publish, own, List.of(), Duration.ofHours(1)),
            ServerConfig.defaults(true).auth().claims(),
            Instant.now());
  }

  private String user(String name) {
    return token(name, "acme", List.of(), ALL, List.of());
  }

  private String service() {
    return token("service", "acme", List.of(), ALL, List.of("thread/*", "run/*"));
  }

  private WsClient ws(String token) {
    WsClient client = server.ws("/v1/ws?token=" + token);
    assertThat(client.next()).startsWith("{\"op\":\"welcome\"");
    return client;
  }

  private HttpResponse<String> request(String method, String path, String token, String body) {
    return server.send(
        HttpRequest.newBuilder(server.http(path))
            .header("Authorization", "Bearer " + token)
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  private HttpResponse<String> declare(String topic, String readers) {
    return request("PUT", "/v1/topics/" + topic + "/readers", service(), readers);
  }

  private void declared(String topic, String readers) {
    assertThat(declare(topic, readers).statusCode()).isEqualTo(204);
  }

  private HttpResponse<String> publish(String token, String body) {
    return request("POST", "/v1/publish", token, body);
  }

  private static String event(String topic, String text) {
    return "{\"topic\":\"" + topic + "\",\"type\":\"note\",\"data\":{\"text\":\"" + text + "\"}}";
  }

  /// The status, the headers but for the date, and the body.
  private static String whole(HttpResponse<String> answer, String topic) {
    return (answer.statusCode()
            + "\n"
            + answer.headers().map().entrySet().stream()
                .filter(header -> !header.getKey().equals("date"))
                .toList()
            + "\n"
            + answer.body())
        .replace(topic, "TOPIC");
  }

  // Who may read.

  @Test
  void aDeclaredUserReadsByEveryWay() {
    declared("thread/42", FOR_ANN);
    String ann = user("ann");
    WsClient ws = ws(ann);
    assertThat(ws.subscribe("thread/42", "")).startsWith("{\"op\":\"ack\"");
    SseClient sse = server.sseAt("/v1/sse?topic=thread/42&token=" + ann);
    assertThat(sse.next().data()).startsWith("{\"op\":\"welcome\"");

    server.publish("thread/42", "note", "{}");

    assertThat(ws.nextEvent()).contains("\"type\":\"note\"");
    assertThat(sse.nextEvent().data()).contains("\"type\":\"note\"");
    assertThat(request("GET", "/v1/topics/thread/42/events", ann, "").body())
        .contains("\"type\":\"note\"");
    ws.send("{\"op\":\"history\",\"id\":5,\"topic\":\"thread/42\"}");
    assertThat(ws.nextReply()).contains("\"type\":\"note\"");
  }

  @Test
  void aDeclaredUserNeedsNoGrant() {
    declared("thread/42", FOR_ANN);
    String token = server.token("acme", List.of("run/r1"), List.of(), Duration.ofHours(1));
    assertThat(ws(token).subscribe("thread/42", "")).startsWith("{\"op\":\"ack\"");
    assertThat(server.sseAt("/v1/sse?topic=thread/42&token=" + token).response().statusCode())
        .isEqualTo(200);
  }

  @Test
  void aForeignTopicAnswersByteForByteLikeOneThatDoesNotExist() {
    for (int i = 0; i < 4; i++) { // on both shards
      String foreign = "thread/some-" + i;
      String none = "thread/none-" + i;
      declared(foreign, FOR_ANN);
      server.publish(foreign, "note", "{}");
      assertThat(ws(user("ann")).subscribe(foreign, "")).startsWith("{\"op\":\"ack\"");
      String bob = user("bob");
      for (String path :
          List.of("/v1/topics/%s/events", "/v1/sse?topic=%s", "/v1/sse?topic=run/r1&topic=%s")) {
        HttpResponse<String> answer = request("GET", path.formatted(foreign), bob, "");
        assertThat(answer.statusCode()).isEqualTo(404);
        assertThat(whole(answer, foreign))
            .isEqualTo(whole(request("GET", path.formatted(none), bob, ""), none));
      }
      HttpResponse<String> resumed =
          request(
              "GET",
              "/v1/sse?topic=run/r1&after=run/r1=k3f9x2-1," + foreign + "=k3f9x2-1",
              bob,
              "");
      assertThat(resumed.statusCode()).isEqualTo(404);
      assertThat(whole(resumed, foreign))
          .isEqualTo(
              whole(
                  request(
                      "GET",
                      "/v1/sse?topic=run/r1&after=run/r1=k3f9x2-1," + none + "=k3f9x2-1",
                      bob,
                      ""),
                  none));
      for (int shard = 0; shard < 2; shard++) {
        WsClient client = ws(bob);
        String refused = client.subscribe(foreign, "");
        assertThat(refused).contains("\"not_found\"");
        assertThat(refused.replace(foreign, none)).isEqualTo(client.subscribe(none, ""));
        client.send("{\"op\":\"history\",\"id\":1,\"topic\":\"" + foreign + "\"}");
        refused = client.nextReply();
        assertThat(refused).contains("\"not_found\"");
        client.send("{\"op\":\"history\",\"id\":1,\"topic\":\"" + none + "\"}");
        assertThat(refused.replace(foreign, none)).isEqualTo(client.nextReply());
      }
    }
  }

  @Test
  void aTopicOutsideThePatternsIsReadByGrant() {
    assertThat(ws(user("bob")).subscribe("run/r1", "")).startsWith("{\"op\":\"ack\"");
  }

  @Test
  void aDeclaredRoleMayRead() {
    declared("thread/42", "{\"roles\":[\"support\"]}");
    WsClient agent = ws(token("eve", "acme", List.of("support"), ALL, List.of()));
    assertThat(agent.subscribe("thread/42", "")).startsWith("{\"op\":\"ack\"");
    assertThat(ws(user("support")).subscribe("thread/42", "")).contains("\"not_found\"");
  }

  @Test
  void theServiceThatOwnsATopicMayReadItWhileItIsDeclared() {
    WsClient owner = ws(service());
    assertThat(owner.subscribe("thread/42", "")).contains("\"not_found\"");
    declared("thread/42", "{\"users\":[]}");
    assertThat(owner.subscribe("thread/42", "")).startsWith("{\"op\":\"ack\"");
  }

  @Test
  void aDeclarationCountsInItsTenantOnly() {
    declared("thread/42", FOR_ANN);
    String other = token("ann", "globex", List.of(), ALL, List.of());
    assertThat(ws(other).subscribe("thread/42", "")).contains("\"not_found\"");
    assertThat(request("GET", "/v1/topics/thread/42/events", other, "").statusCode())
        .isEqualTo(404);
  }

  @Test
  void aTokenWithoutUserIsNobody() {
    declared("thread/42", FOR_ANN);
    assertThat(ws(user("")).subscribe("thread/42", "")).contains("\"not_found\"");
    assertThat(declare("thread/42", "{\"users\":[\"\"]}").statusCode()).isEqualTo(400);
  }

  @Test
  void askingForWhatIsNotDeclaredMakesNoTopic() {
    WsClient client = ws(user("bob"));
    for (int i = 0; i < 1_000; i++) {
      assertThat(client.subscribe("thread/" + i, "")).contains("\"not_found\"");
    }
    assertThat(server.scraped("pushrod_topics")).isZero();
  }

  // Changes.

  @Test
  void aChangeTakesAwayOnEveryShard() {
    declared("thread/42", "{\"users\":[\"ann\",\"bob\"]}");
    List<WsClient> anns = new ArrayList<>();
    List<WsClient> bobs = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      anns.add(ws(user("ann")));
      bobs.add(ws(user("bob")));
      assertThat(anns.getLast().subscribe("thread/42", "")).startsWith("{\"op\":\"ack\"");
      assertThat(bobs.getLast().subscribe("thread/42", "")).startsWith("{\"op\":\"ack\"");
    }
    String lines =
        "{\"topic\":\"thread/42\",\"type\":\"topic_readers\",\"data\":"
            + FOR_ANN
            + "}\n"
            + event("thread/42", "secret")
            + "\n";
    assertThat(publish(service(), lines).body()).doesNotContain("error");

    for (WsClient bob : bobs) {
      assertThat(bob.next())
          .startsWith(
              "{\"op\":\"unsubscribed\",\"topic\":\"thread/42\",\"code\":\"not_found\",\"cursor\":\"")
          .endsWith("-0\"}");
      bob.send("{\"op\":\"ping\",\"id\":9}");
      assertThat(bob.next()).isEqualTo("{\"op\":\"ack\",\"id\":9}");
      assertThat(bob.subscribe("thread/42", "")).contains("\"not_found\"");
    }
    for (WsClient ann : anns) {
      assertThat(ann.nextEvent()).contains("secret");
    }
  }

  @Test
  void aWithdrawalTakesAwayFromAll() {
    declared("thread/42", FOR_ANN);
    WsClient ann = ws(user("ann"));
    ann.subscribe("thread/42", "");
    assertThat(request("DELETE", "/v1/topics/thread/42/readers", service(), "").statusCode())
        .isEqualTo(204);
    assertThat(ann.next()).startsWith("{\"op\":\"unsubscribed\"");
    assertThat(ann.subscribe("thread/42", "")).contains("\"not_found\"");
    assertThat(ws(service()).subscribe("thread/42", "")).contains("\"not_found\"");
  }

  @Test
  void aStreamWithoutTopicsEnds() {
    declared("thread/1", FOR_ANN);
    declared("thread/2", FOR_ANN);
    SseClient both = server.sseAt("/v1/sse?topic=thread/1&topic=thread/2&token=" + user("ann"));
    assertThat(both.next().data()).startsWith("{\"op\":\"welcome\"");
    declared("thread/1", "null");
    assertThat(both.next().data())
        .startsWith("{\"op\":\"unsubscribed\",\"topic\":\"thread/1\",\"code\":\"not_found\"");
    server.publish("thread/2", "note", "{}");
    assertThat(both.nextEvent().data()).contains("\"topic\":\"thread/2\"");
    declared("thread/2", "null");
    assertThat(both.next().data()).startsWith("{\"op\":\"unsubscribed\",\"topic\":\"thread/2\"");
    assertThat(both.next().data()).contains("\"reason\":\"forbidden\"");
    assertThat(both.ends()).isTrue();
  }

  @Test
  void aRefreshWithoutTheRoleTakesAway() {
    declared("thread/42", "{\"roles\":[\"support\"]}");
    WsClient agent = ws(token("eve", "acme", List.of("support"), ALL, List.of()));
    agent.subscribe("thread/42", "");
    agent.send("{\"op\":\"auth\",\"id\":2,\"token\":\"" + user("eve") + "\"}");
    String first = agent.next();
    String second = agent.next();
    assertThat(first + second)
        .contains("{\"op\":\"ack\",\"id\":2}")
        .contains("{\"op\":\"unsubscribed\",\"topic\":\"thread/42\",\"code\":\"not_found\"");
  }

  @DisabledIfSystemProperty(
      named = "pushrod.test.backend",
      matches = "disk|redis",
      disabledReason = "there the declaration outlives the server")
  @Test
  void aRestartFailsClosed() {
    declared("thread/42", FOR_ANN);
    server.restart();
    assertThat(ws(user("ann")).subscribe("thread/42", "")).contains("\"not_found\"");
  }

  @EnabledIfSystemProperty(
      named = "pushrod.test.backend",
      matches = "disk|redis",
      disabledReason = "memory ends with the server")
  @Test
  void aRestartLetsInWhomItLetInBefore() {
    declared("thread/42", FOR_ANN);
    server.restart();
    assertThat(ws(user("ann")).subscribe("thread/42", "")).contains("\"ack\"");
    assertThat(ws(user("bob")).subscribe("thread/42", "")).contains("\"not_found\"");
  }

  // Who may declare.

  @ParameterizedTest
  @ValueSource(strings = {"thread/42", "run/r1"})
  void whoMayOnlyPublishIsToldTheTopicIsNotThere(String topic) {
    String declaration =
        "{\"topic\":\"" + topic + "\",\"type\":\"topic_readers\",\"data\":" + FOR_ANN + "}";
    HttpResponse<String> refused = publish(user("bob"), declaration);
    String nothing = token("bob", "acme", List.of(), List.of("x"), List.of());
    assertThat(refused.statusCode()).isEqualTo(404);
    assertThat(refused.body()).isEqualTo(publish(nothing, event(topic, "t")).body());
    assertThat(
            request("PUT", "/v1/topics/" + topic + "/readers", user("bob"), FOR_ANN).statusCode())
        .isEqualTo(404);
    WsClient client = ws(user("bob"));
    client.send("{\"op\":\"publish\",\"id\":1," + declaration.substring(1));
    assertThat(client.nextReply()).contains("\"not_found\"");
  }

  @Test
  void aTopicThatGrantsDecideOnIsNotDeclared() {
    assertThat(declare("run/r1", FOR_ANN).statusCode()).isEqualTo(403);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "[]",
        "\"ann\"",
        "{\"user\":[\"ann\"]}",
        "{\"users\":\"ann\"}",
        "{\"users\":[1]}",
        "{\"users\":null}"
      })
  void refusesADeclarationThatIsNone(String readers) {
    HttpResponse<String> answer = declare("thread/42", readers);
    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("\"bad_request\"");
  }

  // As publications.

  @Test
  void aDeclarationIsAcknowledgedLikeASignal() {
    String declaration =
        "{\"topics\":[\"thread/1\",\"thread/2\"],\"type\":\"topic_readers\",\"data\":"
            + FOR_ANN
            + "}";
    assertThat(publish(service(), declaration).body())
        .isEqualTo(
            "{\"published\":[{\"topic\":\"thread/1\",\"seq\":0},{\"topic\":\"thread/2\",\"seq\":0}]}");
    WsClient owner = ws(service());
    owner.send("{\"op\":\"publish\",\"id\":1," + declaration.substring(1));
    assertThat(owner.nextReply()).contains("{\"topic\":\"thread/1\",\"seq\":0}");
    WsClient ann = ws(user("ann"));
    assertThat(ann.subscribe("thread/2", "")).endsWith("-0\"}");
  }

  @Test
  void whatIsPublishedBehindADeclarationOnIngestIsThereForItsFirstReader() {
    IngestClient client = new IngestClient(server.server().ingestPort());
    client.hello("p", 1, service());
    client.welcome();
    client.publish(
        1,
        IngestClient.event("thread/42", "topic_readers", FOR_ANN),
        IngestClient.event("thread/42", "note", "{\"n\":1}"),
        IngestClient.event("thread/42", "note", "{\"n\":2}"));
    assertThat(client.settled(3).sequences()).containsExactly(0L, 1L, 2L);
    WsClient ann = ws(user("ann"));
    assertThat(ann.subscribe("thread/42", ",\"after\":\"earliest\"")).startsWith("{\"op\":\"ack\"");
    assertThat(ann.nextEvent()).contains("{\"n\":1}");
    assertThat(ann.nextEvent()).contains("{\"n\":2}");
    client.close();
  }

  @Test
  void aDeclarationThatIsResentDoesNotUndoALaterOne() {
    IngestClient first = new IngestClient(server.server().ingestPort());
    first.hello("p", 1, service());
    first.welcome();
    byte[] open = IngestClient.event("thread/42", "topic_readers", FOR_ANN);
    byte[] shut = IngestClient.event("thread/42", "topic_readers", "null");
    first.publish(1, open, shut);
    first.settled(2);
    first.cut();
    IngestClient again = new IngestClient(server.server().ingestPort());
    again.hello("p", 1, service());
    again.welcome();
    again.publish(1, open);
    assertThat(again.settled(1).rejects()).isEmpty();
    assertThat(ws(user("ann")).subscribe("thread/42", "")).contains("\"not_found\"");
    again.close();
  }

  @Test
  void ingestRefusesADeclarationOfWhoDoesNotOwn() {
    IngestClient client = new IngestClient(server.server().ingestPort());
    client.hello("p", 1, user("bob"));
    client.welcome();
    client.publish(1, IngestClient.event("thread/42", "topic_readers", FOR_ANN));
    List<IngestFrame.Reject> rejects = client.settled(1).rejects();
    assertThat(rejects).hasSize(1);
    assertThat(rejects.getFirst().code()).isEqualTo(ErrorCode.NOT_FOUND.number());
    client.close();
  }

  @Test
  void theJavaPublisherDeclares() throws Exception {
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "p").withToken(this::service);
    try (Publisher publisher = Publisher.start(config)) {
      publisher.declareReaders("thread/42", List.of("ann"), List.of("a \"role\"")).get();
      assertThat(ws(user("ann")).subscribe("thread/42", "")).startsWith("{\"op\":\"ack\"");
      publisher.withdrawReaders("thread/42").get();
      assertThat(ws(user("ann")).subscribe("thread/42", "")).contains("\"not_found\"");
      assertThatExceptionOfType(ExecutionException.class)
          .isThrownBy(() -> publisher.declareReaders("run/r1", List.of("ann"), List.of()).get())
          .withCauseInstanceOf(PublishRejected.class)
          .withMessageContaining("forbidden");
    }
  }
}
