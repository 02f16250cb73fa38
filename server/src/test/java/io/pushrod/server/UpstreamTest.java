package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
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

/// What clients tell workers and runs: messages and cancels.
@Tag("acceptance")
final class UpstreamTest {
  private static final String HI =
      "{\"op\":\"send\",\"id\":7,\"topic\":\"thread/42\",\"type\":\"user_message\","
          + "\"thread_id\":\"42\",\"data\":{ \"text\" : \"hi\" }}";

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");

  // Messages.

  @Test
  void handsAMessageToTheWorkerOfItsTopic() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("thread/*", 1);
      WsClient client = server.ws();
      client.send(HI);

      String ack = client.nextReply();
      assertThat(ack).startsWith("{\"op\":\"ack\",\"id\":7,\"topic\":\"thread/42\",");
      IngestFrame.Request request = worker.await(IngestFrame.Request.class);
      assertThat(request.kind()).isEqualTo(IngestFrame.Request.Kind.MESSAGE);
      assertThat(request.inbox()).isEqualTo("thread/42");
      assertThat(request.id()).isEqualTo(Json.text(ack, "message_id"));
      assertThat(request.user()).isEqualTo("ann");
      assertThat(request.topics()).containsExactly("thread/42");
      assertThat(request.ids()).containsOnlyKeys(IdField.THREAD_ID);
      assertThat(request.payload())
          .isEqualTo("{\"type\":\"user_message\",\"data\":{\"text\":\"hi\"}}");
      worker.settle(request.lease(), Outcome.COMPLETED, "");
      assertThat(worker.await(IngestFrame.Release.class).code()).isZero();
    }
  }

  @Test
  void keepsAMessageUntilAWorkerComes() {
    WsClient client = server.ws();
    client.send(HI);
    assertThat(client.nextReply()).contains("\"op\":\"ack\"");
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("thread/42", 1);

      assertThat(worker.await(IngestFrame.Request.class).inbox()).isEqualTo("thread/42");
    }
  }

  @Test
  void takesMessagesOverHttpAndBesideAnEventStream() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("thread/*", 10);
      HttpResponse<String> answer =
          server.post("/v1/topics/thread/42/messages", "{\"type\":\"user_message\"}");
      assertThat(answer.statusCode()).isEqualTo(202);
      assertThat(worker.await(IngestFrame.Request.class).id())
          .isEqualTo(Json.text(answer.body(), "id"));

      SseClient stream = server.sse("topic=thread/42");
      String connection = Json.text(stream.next().data(), "connection_id");
      assertThat(server.post("/v1/sse/" + connection, HI).body()).contains("\"message_id\":\"");
      assertThat(worker.await(IngestFrame.Request.class).payload()).contains("\"hi\"");
    }
  }

  @Test
  void refusesMessagesToTopicsThatAreNotGranted() {
    String token = server.token("acme", List.of("*"), List.of("thread/1"), Duration.ofHours(1));
    WsClient client = server.ws("/v1/ws?token=" + token);
    client.next();
    client.send(HI);
    assertThat(client.nextReply())
        .contains("\"op\":\"error\",\"id\":7,\"code\":\"not_found\"", "topic: thread/42");
    HttpResponse<String> answer =
        server.send(
            HttpRequest.newBuilder(server.http("/v1/topics/thread/42/messages"))
                .header("Authorization", "Bearer " + token)
                .POST(HttpRequest.BodyPublishers.ofString("{\"type\":\"x\"}")));
    assertThat(answer.statusCode()).isEqualTo(404);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "thread/42  | {\"type\":             | 400 | bad_json",
        "thread/42  | {\"data\":1}           | 400 | bad_type",
        "thread/42  | {\"type\":\"x\",\"topic\":\"thread/1\"} | 400 | bad_topic",
        "thread/4%20| {\"type\":\"x\"}       | 400 | bad_topic",
      })
  void refusesAMessageThatIsWrong(String topic, String body, int status, String code) {
    HttpResponse<String> answer = server.post("/v1/topics/" + topic + "/messages", body);
    assertThat(answer.statusCode()).isEqualTo(status);
    assertThat(answer.body()).contains("\"code\":\"" + code + "\"");
  }

  @Test
  void refusesAMessageThatIsTooLarge() {
    String body = "{\"type\":\"x\",\"data\":\"" + "x".repeat(256 * 1024) + "\"}";
    HttpResponse<String> answer = server.post("/v1/topics/thread/42/messages", body);
    assertThat(answer.statusCode()).isEqualTo(413);
    assertThat(answer.body()).contains("\"code\":\"too_large\"");
    assertThat(server.limitHits("run_input_bytes")).isOne();
  }

  @Test
  void saysWhenToTryAgainOnceTheQueueIsFull() {
    int most = server.server().desks().settings().queuedRequests();
    for (int i = 0; i < most; i++) {
      assertThat(server.post("/v1/topics/thread/42/messages", "{\"type\":\"x\"}").statusCode())
          .isEqualTo(202);
    }

    HttpResponse<String> answer = server.post("/v1/topics/thread/42/messages", "{\"type\":\"x\"}");

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("retry-after")).hasValue("1");
    assertThat(answer.body()).contains("\"code\":\"no_worker\"");
    WsClient client = server.ws();
    client.send(HI);
    assertThat(client.nextReply()).contains("\"no_worker\"", "\"retry_after_ms\":1000");
  }

  // Cancels.

  @Test
  void cancelsARunInAllItsReadersSight() {
    WsClient viewer = server.ws();
    viewer.subscribe("run/r1", "");
    WsClient client = server.ws();
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      long lease = worker.begin();
      client.send(
          "{\"op\":\"cancel\",\"id\":\"c\",\"run\":\"r1\",\"how\":\"after_node\","
              + "\"deadline_ms\":5000,\"reason\":\"enough\"}");

      assertThat(client.nextReply())
          .isEqualTo("{\"op\":\"ack\",\"id\":\"c\",\"run\":\"r1\",\"status\":\"cancelling\"}");
      assertThat(worker.await(IngestFrame.Cancel.class))
          .isEqualTo(
              new IngestFrame.Cancel(
                  lease, IngestFrame.Cancel.How.AFTER_NODE, 5000, "ann", "enough"));
      worker.send(new IngestFrame.CancelAck(lease));
      worker.settle(lease, Outcome.CANCELLED, "");
      worker.await(IngestFrame.Release.class);
    }
    List<String> events = viewer.nextEvents(3);
    assertThat(events)
        .extracting(e -> Json.text(e, "type"))
        .containsExactly("run_start", "cancelling", "cancelled");
    assertThat(events.getLast()).contains("\"by\":\"ann\",\"reason\":\"enough\"");
  }

  @Test
  void cancelsARunThatWaits() {
    server.startRun("echo", "r1", "{}");
    WsClient client = server.ws();
    client.send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r1\"}");

    assertThat(client.nextReply()).contains("\"status\":\"cancelled\"");
    assertThat(server.fetch("/v1/topics/run/r1/events").body())
        .contains("\"reason\":\"User requested cancellation\"");
    client.send("{\"op\":\"cancel\",\"id\":2,\"run\":\"r1\"}");
    assertThat(client.nextReply()).contains("\"id\":2,\"code\":\"already_ended\"");
  }

  @Test
  void tellsNobodyOfARunThatTheyMayNotSee() {
    server.startRun("echo", "r1", "{}");
    for (String token :
        List.of(
            server.token("bob", "acme", List.of("thread/*"), List.of("*"), Duration.ofHours(1)),
            server.token("ann", "globex", List.of("*"), List.of("*"), Duration.ofHours(1)))) {
      WsClient stranger = server.ws("/v1/ws?token=" + token);
      stranger.next();
      stranger.send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r1\"}");
      String refused = stranger.nextReply();
      stranger.send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r2\"}");

      assertThat(refused).contains("\"code\":\"not_found\"");
      assertThat(stranger.nextReply()).isEqualTo(refused.replace("r1", "r2"));
    }
  }

  @Test
  void letsWhoMayOnlySeeARunNotCancelIt() {
    server.startRun("echo", "r1", "{}");
    String token =
        server.token("bob", "acme", List.of("*"), List.of("thread/*"), Duration.ofHours(1));
    WsClient viewer = server.ws("/v1/ws?token=" + token);
    viewer.next();
    viewer.send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r1\"}");

    assertThat(viewer.nextReply()).contains("\"code\":\"forbidden\"");
  }

  @Test
  void letsWhoStartedARunCancelItWithoutAGrant() {
    server.startRun("echo", "r1", "{}");
    String token = server.token("acme", List.of("x"), List.of(), Duration.ofHours(1));
    WsClient starter = server.ws("/v1/ws?token=" + token);
    starter.next();
    starter.send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r1\"}");

    assertThat(starter.nextReply()).contains("\"status\":\"cancelled\"");
  }

  @ParameterizedTest
  @CsvSource({"message_send", "run_cancel"})
  void takesNothingThatIsSwitchedOff(String action) {
    server.startRun("echo", "r1", "{}");
    RunsClient runs = new RunsClient(server);
    runs.with(runs.owner("acme")).put("/kill-switches/action/" + action, "");
    WsClient client = server.ws();
    client.send(action.equals("message_send") ? HI : "{\"op\":\"cancel\",\"id\":7,\"run\":\"r1\"}");

    assertThat(client.nextReply()).contains("\"op\":\"error\",\"id\":7,\"code\":\"kill_switch\"");
  }

  @Test
  void takesNoCommandOfSomeoneUnknown() {
    WsClient nobody = server.ws("/v1/ws");
    nobody.next();
    nobody.send(HI);
    assertThat(nobody.nextReply()).contains("\"code\":\"unauthenticated\"");
    nobody.send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r1\"}");
    assertThat(nobody.nextReply()).contains("\"code\":\"unauthenticated\"");
  }
}
