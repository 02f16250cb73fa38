package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import io.pushrod.server.support.TestWorker;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A run as long as its request.
@Tag("acceptance")
final class InvokeTest {
  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");
  private final RunsClient runs = new RunsClient(server);

  /// Sends an invocation whose answer is read later.
  private RawClient invoke() {
    String body = "{\"text\":\"hi\"}";
    return server
        .raw(0)
        .request(
            "POST",
            "/invoke?agent=echo",
            "Authorization: Bearer " + server.token(),
            "Content-Length: " + body.length())
        .send(body);
  }

  private String onlyRun() {
    return Json.text(runs.list("").body(), "run_id");
  }

  private void awaitRun() {
    server.awaitCount(Counter.RUNS_STARTED, 1);
  }

  @Test
  void answersWithTheOutput() {
    try (TestWorker worker = new TestWorker(server)) {
      RawClient client = invoke();
      long lease = worker.begin();
      worker.settle(lease, Outcome.COMPLETED, "{\"text\":\"ho\"}");
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body())
          .matches(
              "\\{\"success\":true,\"output\":\\{\"text\":\"ho\"},\"metadata\":\\{"
                  + "\"agent\":\"echo\",\"run_id\":\"[^\"]+\",\"latency_seconds\":\\d+\\.\\d{3}}}");
      // The connection goes on, and its end cancels nothing any more.
      assertThat(client.get("/runs/" + onlyRun(), "Authorization: Bearer " + server.token()).body())
          .contains("\"status\":\"completed\"");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'code':'E42','message':'no luck'}  | no luck           | E42",
        "{'code':'internal','message':'Ouch'} | Ouch             | INTERNAL",
        "nonsense                             | .+               | .+",
      })
  void answersAFailureWithItsCode(String payload, String message, String code) {
    try (TestWorker worker = new TestWorker(server)) {
      RawClient client = invoke();
      worker.settle(worker.begin(), Outcome.FAILED, payload.replace('\'', '"'));
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body())
          .matches("\\{\"success\":false,\"error\":\"" + message + "\",\"code\":\"" + code + "\"}");
    }
  }

  @Test
  void answersThatSomebodyElseCancelledIt() {
    RawClient client = invoke();
    awaitRun();
    runs.delete(onlyRun(), "?reason=enough");
    RawClient.Answer answer = client.answer();
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body())
        .isEqualTo("{\"success\":false,\"error\":\"enough\",\"code\":\"CANCELLED\"}");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void isCancelledWhenItsConnectionCloses(boolean taken) throws Exception {
    RawClient client = invoke();
    awaitRun();
    String id = onlyRun();
    if (!taken) {
      client.close();
      Await.until("the end", () -> runs.show(id).body().contains("\"status\":\"cancelled\""));
      return;
    }
    try (TestWorker worker = new TestWorker(server)) {
      long lease = worker.begin();
      client.close();
      IngestFrame.Cancel cancel = worker.cancelled();
      assertThat(cancel.lease()).isEqualTo(lease);
      assertThat(cancel.how()).isEqualTo(How.NOW);
      assertThat(cancel.reason()).isEqualTo("client disconnected");
    }
  }

  @Test
  void saysThatNoWorkerTookIt() {
    server.restart("runs.queue_wait=50ms");
    RawClient.Answer answer = invoke().answer();
    assertThat(answer.status()).isEqualTo(503);
    assertThat(answer.header("Retry-After")).isEqualTo("1");
    assertThat(answer.body()).contains("\"success\":false", "\"code\":\"NO_WORKER\"");
  }

  @Test
  void saysThatItTookTooLong() {
    server.restart("streaming.events.max_run_duration=1");
    try (TestWorker worker = new TestWorker(server)) {
      RawClient client = invoke();
      worker.begin();
      RawClient.Answer answer = client.answer();
      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.body()).contains("\"code\":\"TIMEOUT_ERROR\"");
    }
  }

  @Test
  void isRefusedLikeAnyStart() {
    assertThat(runs.invoke("?agent=echo", "[]").statusCode()).isEqualTo(422);
    assertThat(runs.invoke("", "{}").statusCode()).isEqualTo(400);
    assertThat(runs.with("").invoke("?agent=echo", "{}").statusCode()).isEqualTo(401);
  }
}
