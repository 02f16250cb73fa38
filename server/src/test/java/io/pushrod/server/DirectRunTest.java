package io.pushrod.server;

import static io.pushrod.server.support.IngestClient.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.RunningServer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Somebody asks an agent and reads the answer as it comes.
@Tag("acceptance")
final class DirectRunTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer("server.event_loops=2", "runs.lease=1m", "runs.offer_timeout=1m");

  private IngestClient worker;

  @BeforeEach
  void hireAWorker() {
    worker = IngestClient.worker(server, "w", 1);
    worker.consume("agent/echo", 9);
  }

  @AfterEach
  void goHome() {
    worker.close();
  }

  private RawClient ask(String query, String body) {
    return ask(server.token(), query, body);
  }

  private RawClient ask(String token, String query, String body) {
    RawClient client = server.raw(0);
    return client.send(
        RawClient.head(
                "POST /invoke/stream?" + query + " HTTP/1.1",
                "Host: localhost",
                "Authorization: Bearer " + token,
                "Content-Length: " + body.length())
            + body);
  }

  /// The request, begun.
  private IngestFrame.Request begin() {
    IngestFrame.Request request = worker.await(IngestFrame.Request.class);
    worker.send(new IngestFrame.Accept(request.lease()));
    worker.await(IngestFrame.Grant.class);
    return request;
  }

  private void token(IngestFrame.Request request, long number, String text) {
    worker.publish(
        number, event(request.topics().getFirst(), "token_chunk", "{\"text\":\"" + text + "\"}"));
    worker.settled(number);
  }

  @Test
  void streamsTheAnswerInTheShapeOfARequest() {
    RawClient client = ask("agent=echo", "{\"text\":\"hi\"}");
    IngestFrame.Request request = begin();
    assertThat(request.payload()).isEqualTo("{\"text\":\"hi\"}");
    token(request, 1, "Hi");
    worker.settle(request.lease(), Outcome.COMPLETED, "{\"text\":\"Hi\"}");
    RawClient.Answer answer = client.answer();
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("text/event-stream");
    assertThat(answer.header("cache-control")).startsWith("no-cache");
    assertThat(answer.header("x-accel-buffering")).isEqualTo("no");
    String id = request.id();
    assertThat(answer.body().replaceAll("latency_seconds\":[0-9.]+", "latency_seconds\":#"))
        .isEqualTo(
            "event: started\ndata: {\"request_id\":\""
                + id
                + "\",\"type\":\"started\"}\n\n"
                + "event: token\ndata: {\"type\":\"token\",\"content\":\"Hi\",\"request_id\":\""
                + id
                + "\"}\n\n"
                + "event: complete\ndata: {\"request_id\":\""
                + id
                + "\",\"type\":\"complete\",\"output\":{\"text\":\"Hi\"},\"latency_seconds\":#}\n\n");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void findsTheAgentInTheInput() {
    RawClient client = ask("", "{\"agent\":\"echo\"}");
    IngestFrame.Request request = begin();
    worker.settle(request.lease(), Outcome.FAILED, "{\"code\":\"bad\",\"message\":\"m\"}");
    assertThat(client.answer().body())
        .contains("event: error\n", "\"type\":\"error\",\"error\":\"m\",\"code\":\"bad\"}");
  }

  @Test
  void cancelsARunWhoseClientHasLeft() {
    RawClient client = ask("agent=echo", "{}");
    IngestFrame.Request request = begin();
    client.answerToHead();
    client.close();
    IngestFrame.Cancel cancel = worker.await(IngestFrame.Cancel.class);
    assertThat(cancel.lease()).isEqualTo(request.lease());
    assertThat(cancel.reason()).isEqualTo("client disconnected");
    assertThat(cancel.by()).isEqualTo("ann");
  }

  @Test
  void forgetsARunWhoseClientHasLeftBeforeItBegan() {
    RawClient client = ask("agent=echo", "{}");
    IngestFrame.Request request = worker.await(IngestFrame.Request.class);
    client.reset();
    IngestFrame.Release release = worker.await(IngestFrame.Release.class);
    assertThat(release.lease()).isEqualTo(request.lease());
  }

  @Test
  void failsWithAStatusWhenNoWorkerTakesIt() {
    RawClient client = ask("agent=echo", "{}");
    IngestFrame.Request request = worker.await(IngestFrame.Request.class);
    worker.send(new IngestFrame.Refuse(request.lease(), false, "not today"));
    RawClient.Answer answer = client.answer();
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body()).startsWith("{\"detail\":\"").contains("not today");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{", "\"text\"", "{\"a\":}"})
  void refusesWhatIsNoObject(String body) {
    RawClient.Answer answer = ask("agent=echo", body).answer();
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.body()).startsWith("{\"detail\":[{");
  }

  @Test
  void refusesWhoMayNotAskTheAgent() {
    String stranger = server.token("acme", List.of("*"), List.of("x"), Duration.ofHours(1));
    RawClient.Answer answer = ask(stranger, "agent=echo", "{}").answer();
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.body()).isEqualTo("{\"detail\":\"Agent 'echo' not found\"}");
    assertThat(ask("nonsense", "agent=echo", "{}").answer().status()).isEqualTo(401);
  }
}
