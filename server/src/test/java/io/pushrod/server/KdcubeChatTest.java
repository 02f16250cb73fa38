package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.KdcubeUser;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import io.pushrod.server.support.SseClient.Dispatched;
import io.pushrod.server.support.TestWorker;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Messages of KDCube's clients: what the stream says, what the worker gets and what is answered.
@Tag("acceptance")
class KdcubeChatTest {
  private static final String HEAD =
      "{\"external_events\":[{\"event_id\":\"e1\",\"type\":\"event.user.%s\",\"event_source_id\":"
          + "\"chat.message\",\"reactive\":true,\"payload\":{\"mime\":\"text/plain\",\"event\":"
          + "{\"text\":\"%s\"}}}],\"chat_history\":[],\"conversation_id\":\"c1\"}";

  @RegisterExtension RunningServer server = new RunningServer();

  private static String classic(String text, String more) {
    return "{\"message\":{\"message\":\"" + text + "\"" + more + "},\"attachment_meta\":[]}";
  }

  private static String shown(HttpResponse<String> answer) {
    return answer.statusCode() + " " + answer.body();
  }

  private static String state(Dispatched event) {
    return event.name() + " " + Json.text(event.data().replaceFirst(".*\"data\":", ""), "state");
  }

  @Test
  void tellsTheStreamThenTheWorkerThenWhoAsked() {
    KdcubeUser ann = KdcubeUser.of(server, "ann", "editor");
    String session = ann.sessionId();
    SseClient stream = ann.readyStream("s1");
    SseClient other = ann.readyStream("s2");
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      HttpResponse<String> answer =
          ann.chat(
              "s1",
              classic(
                  "hello",
                  ",\"turn_id\":\"t1\",\"conversation_id\":\"c1\",\"tenant\":\"te\","
                      + "\"project\":\"pr\",\"bundle_id\":\"b\",\"chat_history\":[ {\"a\":1} ]"),
              "X-User-Timezone",
              "Europe/Berlin");

      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body().replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "U"))
          .isEqualTo(
              "{\"status\":\"processing_started\",\"task_id\":\"U\",\"session_id\":\"U\","
                  + "\"conversation_id\":\"c1\",\"turn_id\":\"t1\",\"active_turn_id\":null,"
                  + "\"target_turn_id\":null,\"queued_turn_id\":null,\"event_id\":\"U\","
                  + "\"external_event_sequence\":1,\"live_owner_detected\":null,"
                  + "\"conversation_created\":true,\"user_type\":\"registered\","
                  + "\"is_continuation\":false,\"message_kind\":\"regular\","
                  + "\"message\":\"Queued; streaming via SSE\"}");
      assertThat(answer.headers().firstValue("X-Session-ID")).contains(session);
      Dispatched created = stream.next();
      assertThat(state(created)).isEqualTo("conv_status created");
      assertThat(created.data())
          .contains("\"type\":\"conv.status\"")
          .contains("\"tenant\":\"te\",\"project\":\"pr\",\"user\":\"ann\",\"bundle_id\":\"b\"")
          .contains("\"event\":{\"step\":\"conv.state\",\"status\":\"created\"}")
          .contains("\"current_turn_id\":\"t1\",\"origin_stream_id\":\"s1\"");
      assertThat(state(stream.next())).isEqualTo("conv_status in_progress");
      Dispatched start = stream.next();
      assertThat(start.name()).isEqualTo("chat_start");
      assertThat(start.data())
          .contains(
              "\"conversation\":{\"session_id\":\""
                  + session
                  + "\",\"conversation_id\":\"c1\",\"turn_id\":\"t1\"},\"event\":{\"agent\":\"user\","
                  + "\"step\":\"turn\",\"status\":\"started\",\"title\":\"Turn Started\"},"
                  + "\"data\":{\"message\":\"hello\",\"queue_stats\":{}},\"delta\":null}");
      assertThat(state(other.next())).isEqualTo("conv_status created");
      assertThat(state(other.next())).isEqualTo("conv_status in_progress");

      IngestFrame.Request request = worker.offered();
      assertThat(request.inbox()).isEqualTo("conversation/c1");
      assertThat(request.user()).isEqualTo("ann");
      assertThat(request.topics()).containsExactly("session/" + session);
      assertThat(request.payload())
          .contains("\"kind\":\"regular\"")
          .contains("\"stream_id\":\"s1\"")
          .contains("\"user_id\":\"ann\",\"username\":\"ann\"")
          .contains("\"roles\":[\"editor\"],\"permissions\":[],\"timezone\":\"Europe/Berlin\"")
          .contains("\"message\":\"hello\",\"chat_history\":[{\"a\":1}]");
      server.publish("session/" + session, "conv_status", "{\"env\":{\"mark\":1}}");
      assertThat(other.next().data()).isEqualTo("{\"mark\":1}");
    }
  }

  @Test
  void clipsALongTextAtAHundredCharacters() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    SseClient stream = ann.readyStream("s1");

    ann.chat("s1", classic("😀".repeat(101), ""));

    stream.next();
    stream.next();
    assertThat(stream.next().data()).contains("\"message\":\"" + "😀".repeat(100) + "...\"");
  }

  @Test
  void takesEachGenerationOfBodies() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String session = ann.sessionId();
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      assertThat(ann.chat("s1", "{\"message\":{\"text\":\"a\",\"conversation_id\":\"c0\"}}").body())
          .contains("\"conversation_id\":\"c0\"");
      assertThat(worker.offered().payload()).contains("\"message\":\"a\"");
      assertThat(ann.chat("s1", "{\"message\":{\"message\":{\"msg\":\"b\"}}}").body())
          .contains("\"conversation_id\":\"" + session + "\"");
      assertThat(worker.offered().payload()).contains("\"message\":\"b\"");

      String head = ann.chat("s1", HEAD.formatted("prompt", "c")).body();

      assertThat(head)
          .contains("\"conversation_id\":\"c1\"")
          .contains("\"turn_id\":\"turn_")
          .contains("\"event_id\":\"e1\"");
      assertThat(worker.offered().payload())
          .contains("\"message\":\"c\"")
          .contains("\"external_events\":[{\"event_id\":\"e1\",");
      String fresh = ann.chat("s1", HEAD.formatted("prompt", "d").replace("\"c1\"", "null")).body();
      assertThat(Json.text(fresh, "conversation_id")).hasSize(36).isNotEqualTo(session);
    }
  }

  @Test
  void keepsAConversationBusyUntilItsTurnIsOver() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String topic = "session/" + ann.sessionId();
    SseClient stream = ann.readyStream("s1");
    ann.chat("s1", classic("one", ",\"turn_id\":\"t1\",\"conversation_id\":\"c1\""));
    for (int i = 0; i < 3; i++) {
      stream.next();
    }

    HttpResponse<String> busy =
        ann.chat("s1", classic("two", ",\"turn_id\":\"t2\",\"conversation_id\":\"c1\""));

    assertThat(shown(busy))
        .isEqualTo("409 {\"detail\":\"Conversation is busy (another tab/process is answering).\"}");
    Dispatched status = stream.next();
    assertThat(state(status)).isEqualTo("conv_status in_progress");
    assertThat(status.data()).contains("\"current_turn_id\":\"t1\"");
    assertThat(stream.next().data())
        .contains(
            "\"data\":{\"error\":\"Conversation is busy (another tab/process is answering).\"}");
    assertThat(
            ann.chat("s1", classic("again", ",\"turn_id\":\"t1\",\"conversation_id\":\"c1\""))
                .statusCode())
        .isEqualTo(409);
    assertThat(
            ann.chat("s1", classic("again", ",\"turn_id\":\"t1\",\"conversation_id\":\"c1\""))
                .statusCode())
        .isEqualTo(409);
    server.publish(
        topic,
        "chat_complete",
        "{\"env\":{\"type\":\"chat.complete\",\"conversation\":"
            + "{\"conversation_id\":\"c1\",\"turn_id\":\"t1\"}}}");
    assertThat(
            ann.chat("s1", classic("two", ",\"turn_id\":\"t2\",\"conversation_id\":\"c1\""))
                .statusCode())
        .isEqualTo(200);
    server.publish(topic, "run_end", "{\"output\":\"x\"}");
    assertThat(ann.chat("s1", classic("3", ",\"conversation_id\":\"c1\"")).statusCode())
        .isEqualTo(409);
  }

  @Test
  void givesWhatContinuesABusyTurnToTheWorker() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      String turn = Json.text(ann.chat("s1", HEAD.formatted("prompt", "a")).body(), "turn_id");
      worker.offered();

      String followup = ann.chat("s1", HEAD.formatted("prompt", "b")).body();
      String steer = ann.chat("s1", HEAD.formatted("steer", "c")).body();
      String said =
          ann.chat("s1", classic("d", ",\"conversation_id\":\"c1\",\"followup\":true")).body();

      assertThat(followup)
          .contains("\"status\":\"followup_accepted\"")
          .contains("\"active_turn_id\":\"" + turn + "\"")
          .contains("\"is_continuation\":true,\"message_kind\":\"followup\"")
          .contains("\"external_event_sequence\":2");
      assertThat(worker.offered().payload()).contains("\"kind\":\"followup\"");
      assertThat(steer).contains("\"status\":\"steer_accepted\"");
      assertThat(said).contains("\"status\":\"followup_accepted\"");
      assertThat(worker.offered().payload()).contains("\"kind\":\"steer\"");
    }
  }

  @Test
  void recordsAnEventThatNobodyIsToAnswer() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    String body =
        HEAD.formatted("prompt", "x").replace("user.prompt", "ui.click").replace("true", "false");

    assertThat(ann.chat("s1", body).body())
        .contains("\"status\":\"external_event_recorded\"")
        .contains("\"message\":\"External event recorded\"");
    assertThat(ann.chat("s1", HEAD.formatted("prompt", "x")).body())
        .contains("\"status\":\"processing_started\"");
  }

  @Test
  void refusesWhatIsNoMessage() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    SseClient stream = ann.readyStream("s1");

    assertThat(shown(ann.chat("s1", "{"))).isEqualTo("400 {\"detail\":\"Invalid JSON body\"}");
    assertThat(shown(ann.chat("s1", "[]"))).isEqualTo("400 {\"detail\":\"Invalid JSON body\"}");
    assertThat(shown(ann.chat("s1", "{\"external_events\":[]}")))
        .isEqualTo("400 {\"detail\":\"missing_external_events\"}");
    assertThat(shown(ann.chat("s1", classic("  ", ""))))
        .isEqualTo("400 {\"detail\":\"Missing \\\"message\\\"\"}");
    assertThat(shown(ann.chat("s1", HEAD.formatted("prompt", " "))))
        .isEqualTo("400 {\"detail\":\"Missing \\\"message\\\"\"}");
    stream.next();
    assertThat(stream.next().data()).contains("\"data\":{\"error\":\"Missing \\\"message\\\"\"}");
    assertThat(shown(ann.chat("s1", classic("x", ",\"conversation_id\":\"a/b\""))))
        .isEqualTo("400 {\"detail\":\"Invalid conversation_id\"}");
    assertThat(ann.post("/sse/chat", classic("x", "")).statusCode()).isEqualTo(422);
    assertThat(shown(ann.chat("s1", classic("x".repeat(32_001), ""))))
        .isEqualTo(
            "400 {\"detail\":\"Input is too long (32001 characters). Maximum allowed is 32000"
                + " characters.\"}");
    assertThat(stream.next().data()).contains("Input is too long");
    assertThat(
            shown(
                ann.chat(
                    "s1", classic("x", ",\"payload\":{\"p\":\"" + "y".repeat(300_000) + "\"}"))))
        .isEqualTo("413 {\"detail\":\"message exceeds total size limit\"}");
    assertThat(server.count(Counter.LIMIT_MESSAGE_CHARS)).isEqualTo(1);
    assertThat(server.count(Counter.LIMIT_MESSAGE_BYTES)).isEqualTo(1);
  }

  @Test
  void knowsOnlyTheBundlesThatThereAre() {
    server.restart("surfaces.kdcube-chat.options.bundles=one");
    KdcubeUser ann = KdcubeUser.of(server, "ann");

    assertThat(shown(ann.chat("s1", classic("x", ",\"bundle_id\":\"two\""))))
        .isEqualTo("400 {\"detail\":\"Unknown bundle_id 'two'\"}");
    assertThat(ann.chat("s1", classic("x", ",\"bundle_id\":\"one\"")).statusCode()).isEqualTo(200);
  }

  @Test
  void tellsTheStreamAndTheSenderThatItSendsTooMuch() {
    server.restart(
        "surfaces.kdcube-chat.options.rate_registered=1/600",
        "surfaces.kdcube-chat.options.rate_paid=0/1");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    ann.chat("s1", classic("one", ""));
    SseClient stream = ann.readyStream("s1");

    HttpResponse<String> answer = ann.chat("s1", classic("two", ""));

    String error = "Rate limit exceeded: more than 1 messages in a minute";
    assertThat(shown(answer))
        .isEqualTo("429 {\"detail\":{\"error\":\"" + error + "\",\"retry_after\":60}}");
    assertThat(answer.headers().firstValue("Retry-After")).contains("60");
    Dispatched service = stream.next();
    assertThat(service.name()).isEqualTo("chat_service");
    assertThat(service.data())
        .contains("\"type\":\"gateway.rate_limit\"")
        .contains(
            "\"data\":{\"message\":\""
                + error
                + "\",\"error_type\":\"rate_limit\",\"http_status\":429,\"retry_after\":60,"
                + "\"endpoint\":\"/sse/chat\"},\"route\":\"chat_service\"}");
    assertThat(stream.next()).returns("chat_error", Dispatched::name);
    assertThat(ann.stream("stream_id=more").response().statusCode()).isEqualTo(200);

    KdcubeUser paid = KdcubeUser.of(server, "paul", "kdcube:role:paid");
    paid.chat("s1", classic("one", ",\"conversation_id\":\"c\""));
    assertThat(shown(paid.chat("s1", classic("two", ",\"conversation_id\":\"d\""))))
        .endsWith("\"retry_after\":3600}}");
    assertThat(server.count(Counter.QUOTA_SENDS_BURST)).isEqualTo(1);
    assertThat(server.count(Counter.QUOTA_SENDS_HOURLY)).isEqualTo(1);
  }

  @Test
  void givesTheConversationBackWhenNoInboxHasRoom() {
    server.restart("runs.queue_requests=1", "surfaces.kdcube-chat.options.inbox=agent/chat");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    ann.chat("s1", HEAD.formatted("prompt", "a"));
    SseClient stream = ann.readyStream("s1");

    HttpResponse<String> answer = ann.chat("s1", HEAD.formatted("prompt", "b").replace("c1", "c2"));

    assertThat(shown(answer))
        .isEqualTo(
            "503 {\"detail\":{\"error\":\"System under pressure\",\"error_type\":"
                + "\"queue.enqueue_rejected\",\"reason\":\"no_worker\",\"retry_after\":45,"
                + "\"queue_stats\":{}}}");
    stream.next();
    stream.next();
    assertThat(stream.next()).returns("chat_start", Dispatched::name);
    Dispatched rolledBack = stream.next();
    assertThat(state(rolledBack)).isEqualTo("conv_status idle");
    assertThat(rolledBack.data()).contains("\"completion\":\"rollback\"");
    assertThat(stream.next()).returns("chat_error", Dispatched::name);
    assertThat(stream.next().data()).contains("\"type\":\"queue.enqueue_rejected\"");
    assertThat(ann.post("/sse/conv_status.get", "{\"conversation_id\":\"c2\"}").body())
        .contains("\"state\":\"idle\"");
  }

  @Test
  void tellsTheStreamThatNoWorkerTookTheMessage() {
    server.restart("runs.queue_wait=50ms");
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    SseClient stream = ann.readyStream("s1");
    ann.chat("s1", classic("x", ",\"turn_id\":\"t1\",\"conversation_id\":\"c1\""));
    for (int i = 0; i < 3; i++) {
      stream.next();
    }

    Dispatched error = stream.next();

    assertThat(error.name()).isEqualTo("chat_error");
    assertThat(error.data())
        .contains("\"conversation_id\":\"c1\",\"turn_id\":\"t1\"")
        .contains(
            "\"data\":{\"error\":\"Nobody took the message in time.\",\"code\":\"no_worker\"}");
    assertThat(ann.chat("s1", classic("x", ",\"conversation_id\":\"c1\"")).statusCode())
        .isEqualTo(200);
  }

  @Test
  void saysHowAConversationStands() {
    KdcubeUser ann = KdcubeUser.of(server, "ann");
    SseClient stream = ann.readyStream("s1");
    try (TestWorker worker = new TestWorker(server, "conversation/*")) {
      ann.chat("s2", classic("x", ",\"turn_id\":\"t1\",\"conversation_id\":\"c1\""));
      long lease = worker.offered().lease();
      stream.next();
      stream.next();
      String ask = "{\"conversation_id\":\"c1\",\"stream_id\":\"s1\"}";

      HttpResponse<String> busy = ann.post("/sse/conv_status.get", ask);

      assertThat(busy.body())
          .matches(
              "\\{\"conversation_id\":\"c1\",\"state\":\"in_progress\",\"updated_at\":\"[^\"]+\","
                  + "\"current_turn_id\":\"t1\"}");
      assertThat(state(stream.next())).isEqualTo("conv_status in_progress");
      server.publish(
          "session/" + ann.sessionId(),
          "conv_status",
          "{\"env\":{\"type\":\"conv.status\",\"conversation\":{\"conversation_id\":\"c1\","
              + "\"turn_id\":\"t1\"},\"data\":{\"state\":\"idle\"}}}");
      worker.settle(lease, Outcome.COMPLETED, "");
      assertThat(ann.post("/sse/conv_status.get", ask).body()).contains("\"state\":\"idle\"");
    }
    KdcubeUser bob = KdcubeUser.of(server, "bob");
    assertThat(shown(bob.post("/sse/conv_status.get", "{\"conversation_id\":\"c1\"}")))
        .isEqualTo("404 {\"detail\":\"Conversation not found\"}");
    assertThat(shown(ann.post("/sse/conv_status.get", "{\"conversation_id\":\"c2\"}")))
        .isEqualTo("404 {\"detail\":\"Conversation not found\"}");
  }

  @Test
  void refusesAnonymousSendersUnlessTheRowLetsThemIn() {
    KdcubeUser nobody = KdcubeUser.anonymous(server);
    assertThat(shown(nobody.chat("s1", classic("x", ""))))
        .isEqualTo("401 {\"detail\":\"Anonymous sessions are not allowed for /sse/chat\"}");

    server.restart("surfaces.kdcube-chat.options.reject_anonymous=0");

    assertThat(nobody.chat("s1", classic("x", "")).body()).contains("\"user_type\":\"anonymous\"");
  }
}
