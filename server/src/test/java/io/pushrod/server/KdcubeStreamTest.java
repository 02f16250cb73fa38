package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.SseClient.Dispatched;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// KDCube's event stream: `ready`, and what happens in a session from then on.
@Tag("acceptance")
class KdcubeStreamTest {
  private static final String ID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}";

  @RegisterExtension RunningServer server = new RunningServer();

  private static String targeted(@Nullable String streamId, String text) {
    String target = streamId == null ? "null" : "\"" + streamId + "\"";
    return "{\"target_sid\":"
        + target
        + ",\"env\":{\"type\":\"chat.delta\",\"text\":\""
        + text
        + "\"}}";
  }

  private static String env(String text) {
    return "{\"type\":\"chat.delta\",\"text\":\"" + text + "\"}";
  }

  private String refused(String query, String... headers) {
    HttpRequest.Builder request = HttpRequest.newBuilder(server.http("/sse/stream" + query));
    HttpResponse<String> answer =
        server.send(headers.length == 0 ? request : request.headers(headers));
    return answer.statusCode() + " " + answer.body();
  }

  @Test
  void saysReadyFirstWithTheSession() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String session = ann.sessionId();

    SseClient stream = ann.stream("stream_id=s1&tenant=t&project=p");

    Dispatched ready = stream.next();
    assertThat(ready.name()).isEqualTo("ready");
    assertThat(ready.id()).matches(ID);
    assertThat(ready.data())
        .matches(
            "\\{\"timestamp\":\"[0-9-]{10}T[0-9:.]{12}Z\",\"session_id\":\""
                + session
                + "\",\"user_type\":\"registered\",\"stream_id\":\"s1\",\"tenant\":\"t\","
                + "\"project\":\"p\",\"project_events\":false}");
    assertThat(stream.response().headers().firstValue("X-Session-ID")).contains(session);
    assertThat(stream.response().headers().firstValue("X-User-Type")).contains("registered");
    assertThat(stream.response().headers().firstValue("Cache-Control"))
        .contains("no-cache, no-transform");
    assertThat(stream.response().headers().firstValue("X-Accel-Buffering")).contains("no");
  }

  @Test
  void writesFramesAsHandWrittenParsersReadThem() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    RawClient raw = server.raw(0);
    raw.request("GET", "/sse/stream?stream_id=s1&bearer_token=" + ann.token());
    assertThat(raw.answerToHead().status()).isEqualTo(200);

    raw.line();
    assertThat(raw.line()).matches("id: " + ID);
    assertThat(raw.line()).isEqualTo("event: ready");
    assertThat(raw.line()).startsWith("data: {\"timestamp\":\"");
    assertThat(raw.line()).isEmpty();
  }

  @Test
  void showsWhatIsMeantForTheWholeSessionOrForThisStream() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String topic = "session/" + ann.sessionId();
    SseClient first = ann.readyStream("s1");
    SseClient second = ann.readyStream("s2");
    SseClient again = ann.readyStream("s1");

    server.publish(topic, "chat_delta", targeted("s1", "mine"));
    server.publish(topic, "chat_delta", targeted("nobody", "lost"));
    server.publish(topic, "chat_delta", targeted(null, "ours"));

    for (SseClient both : new SseClient[] {first, again}) {
      Dispatched mine = both.next();
      assertThat(mine.name()).isEqualTo("chat_delta");
      assertThat(mine.id()).matches(ID);
      assertThat(mine.data()).isEqualTo(env("mine"));
      assertThat(both.next().data()).isEqualTo(env("ours"));
    }
    assertThat(second.next().data()).isEqualTo(env("ours"));
  }

  @Test
  void beginsLiveWhateverWasThereBefore() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String topic = "session/" + ann.sessionId();
    server.publish(topic, "chat_delta", targeted(null, "before"));
    SseClient stream =
        server.sseAt(
            "/sse/stream?stream_id=s1&bearer_token=" + ann.token(), "Last-Event-ID", "whatever");
    stream.next();

    server.publish(topic, "chat_delta", targeted(null, "after"));

    assertThat(stream.next().data()).isEqualTo(env("after"));
  }

  @Test
  void showsWhatAWorkerOfPushrodSaysAsEnvelopes() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String session = ann.sessionId();
    SseClient stream = ann.readyStream("s1");

    server.publish("session/" + session, "token_chunk", "{\"text\":\"hi\",\"index\":3}");

    Dispatched delta = stream.next();
    assertThat(delta.name()).isEqualTo("chat_delta");
    assertThat(delta.data())
        .contains("\"session_id\":\"" + session + "\"")
        .contains(
            "\"delta\":{\"text\":\"hi\",\"marker\":\"answer\",\"index\":3,\"completed\":false}");
  }

  @Test
  void showsProjectEventsToThoseWhoAskInTheSameProject() {
    SseClient asks =
        KdcubeUser.of(server, "ann").stream("stream_id=a&tenant=t&project=p&project_events=true");
    SseClient elsewhere =
        KdcubeUser.of(server, "bob").stream("stream_id=b&tenant=t&project=q&project_events=true");
    KdcubeUser cid = KdcubeUser.of(server, "cid");
    SseClient doesNot = cid.stream("stream_id=c&tenant=t&project=p");
    assertThat(asks.next().data()).contains("\"project_events\":true");
    elsewhere.next();
    doesNot.next();
    server.awaitCount(Counter.SUBSCRIPTIONS_OPENED, 5);

    server.publish("project/t/q", "news", "{\"target_sid\":null,\"env\":{\"n\":1}}");
    server.publish("project/t/p", "news", "{\"target_sid\":null,\"env\":{\"n\":2}}");
    server.publish("session/" + cid.sessionId(), "news", "{\"env\":{\"n\":3}}");

    assertThat(asks.next())
        .returns("news", Dispatched::name)
        .returns("{\"n\":2}", Dispatched::data);
    assertThat(elsewhere.next().data()).isEqualTo("{\"n\":1}");
    assertThat(doesNot.next().data()).isEqualTo("{\"n\":3}");
  }

  @Test
  void needsAStreamId() {
    String token = KdcubeUser.of(server, "ann").token();

    assertThat(refused("?bearer_token=" + token))
        .isEqualTo(
            "422 {\"detail\":[{\"type\":\"missing\",\"loc\":[\"query\",\"stream_id\"],"
                + "\"msg\":\"Field required\",\"input\":null}]}");
  }

  @Test
  void refusesAnonymousSessionsUnlessTheRowLetsThemIn() {
    assertThat(refused("?stream_id=s1"))
        .isEqualTo("401 {\"detail\":\"Anonymous sessions are not allowed for /sse/stream\"}");

    server.restart("surfaces.kdcube-stream.options.reject_anonymous=0");

    KdcubeUser nobody = KdcubeUser.anonymous(server);
    String session = nobody.sessionId();
    SseClient stream = nobody.stream("stream_id=s1&user_session_id=" + session);
    assertThat(stream.next().data())
        .contains("\"user_type\":\"anonymous\"")
        .contains("\"session_id\":\"" + session + "\"");
  }

  @Test
  void takesTheQuerysTokenOnlyIfTheHeaderHasNone() {
    String ann = KdcubeUser.of(server, "ann").token();
    KdcubeUser bob = KdcubeUser.of(server, "bob");

    SseClient stream = bob.stream("stream_id=s1&bearer_token=" + ann);

    assertThat(Json.text(stream.next().data(), "session_id")).isEqualTo(bob.sessionId());
    assertThat(refused("?stream_id=s1&bearer_token=nonsense"))
        .isEqualTo("401 {\"detail\":\"Invalid token\"}");
  }

  @Test
  void keepsToTheOwnersSession() {
    String anns = KdcubeUser.of(server, "ann").sessionId();
    String bob = KdcubeUser.of(server, "bob").token();
    String stranger = KdcubeUser.ofTenant(server, "other", "ann").token();

    assertThat(refused("?stream_id=s1&user_session_id=" + anns + "&bearer_token=" + bob))
        .isEqualTo("403 {\"detail\":\"Session does not belong to current user\"}");
    assertThat(refused("?stream_id=s1&user_session_id=" + anns + "&bearer_token=" + stranger))
        .isEqualTo("401 {\"detail\":\"Unknown session\"}");
    assertThat(refused("?stream_id=s1&user_session_id=unknown&bearer_token=" + bob))
        .isEqualTo("401 {\"detail\":\"Unknown session\"}");
  }

  @Test
  void answersThatTheInstanceIsFullAndHasRoomAgainLater() throws Exception {
    server.restart("surfaces.kdcube-stream.options.connections=1");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    SseClient first = ann.readyStream("s1");

    assertThat(refused("?stream_id=s2&bearer_token=" + ann.token()))
        .isEqualTo("429 {\"detail\":\"SSE instance capacity reached. Try again later.\"}");
    assertThat(server.count(Counter.LIMIT_SURFACE_CONNECTIONS)).isEqualTo(1);

    first.close();
    io.pushrod.server.support.Await.until(
        "room",
        () -> {
          SseClient stream = ann.stream("stream_id=s3");
          return stream.response().statusCode() == 200 && stream.next().name().equals("ready");
        });
  }

  @Test
  void keepsAStreamAliveThatNothingHappensOn() {
    server.restart("surfaces.kdcube-stream.heartbeat=40ms");
    KdcubeUser.of(server, "ann").readyStream("s1");

    server.awaitCount(Counter.HEARTBEATS_SENT, 2);
  }

  @Test
  void losesTheOldestAndSaysSoWhenItsReaderIsSlow() {
    server.restart("surfaces.kdcube-stream.queue_events=10", "timeouts.write_progress=10m");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String topic = "session/" + ann.sessionId();
    RawClient slow = server.raw(4096);
    slow.request("GET", "/sse/stream?stream_id=s1&bearer_token=" + ann.token());
    slow.answerToHead();
    slow.line();
    String text = "x".repeat(10_000);
    server.awaitCount(Counter.SUBSCRIPTIONS_OPENED, 1);

    for (int round = 0; server.count(Counter.GAPS_OVERFLOW) == 0 && round < 100; round++) {
      server.publishAll(
          20,
          i ->
              "{\"topic\":\""
                  + topic
                  + "\",\"type\":\"chat_step\",\"data\":{\"env\":{\"text\":\""
                  + text
                  + "\"}}}");
    }
    server.publish(topic, "chat_step", "{\"env\":{\"text\":\"last\"}}");

    String line = slow.line();
    boolean gap = false;
    while (!line.contains("\"last\"")) {
      gap |= line.equals("event: gap");
      line = slow.line();
    }
    assertThat(gap).isTrue();
  }

  @Test
  void saysGoodbyeWhenTheServerDrains() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String session = ann.sessionId();
    SseClient stream = ann.readyStream("s1");

    server.stop();

    Dispatched last = stream.next();
    assertThat(last.name()).isEqualTo("server_shutdown");
    assertThat(last.data())
        .matches(
            "\\{\"timestamp\":\"[^\"]+\",\"reason\":\"draining\",\"session_id\":\""
                + session
                + "\",\"stream_id\":\"s1\"}");
    assertThat(stream.ends()).isTrue();
  }
}
