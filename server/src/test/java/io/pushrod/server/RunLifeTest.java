package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import io.pushrod.server.support.TestWorker;
import java.net.http.HttpResponse;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Runs that a worker has, as REST clients see them.
@Tag("acceptance")
final class RunLifeTest {
  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");
  private final RunsClient runs = new RunsClient(server);
  private TestWorker worker;

  @BeforeEach
  void begin() {
    worker = new TestWorker(server);
  }

  @AfterEach
  void end() {
    worker.close();
  }

  private long started(String id) {
    assertThat(runs.start("?agent=echo&run_id=" + id, "{\"text\": \"hi\"}").statusCode())
        .isEqualTo(202);
    return worker.begin();
  }

  private void awaitShown(String id, String part) {
    Await.until(id + " " + part, () -> runs.show(id).body().contains(part));
  }

  @Test
  void hasTheInputOfItsRequest() {
    runs.start("?agent=echo&run_id=r1", "{ \"text\" : \"hi\", \"n\": [1, 2] }");
    IngestFrame.Request request = worker.offered();
    assertThat(request.inbox()).isEqualTo("agent/echo");
    assertThat(request.id()).isEqualTo("r1");
    assertThat(request.user()).isEqualTo("ann");
    assertThat(request.payload()).isEqualTo("{\"text\":\"hi\",\"n\":[1,2]}");
  }

  @Test
  void isShownFromItsBeginToItsEnd() {
    long lease = started("r1");
    awaitShown("r1", "\"status\":\"running\"");
    assertThat(runs.show("r1").body())
        .contains("\"completed_at\":null,\"output\":null,\"error\":null")
        .matches(".*\"started_at\":\"\\d{4}-.*\\+00:00\".*");

    worker.settle(lease, Outcome.COMPLETED, "{\"text\":\"ho\"}");
    awaitShown("r1", "\"status\":\"completed\"");
    assertThat(runs.show("r1").body())
        .contains("\"output\":{\"text\":\"ho\"},\"error\":null")
        .matches(".*\"completed_at\":\"\\d{4}-.*\\+00:00\".*");
    assertThat(runs.list("?status=completed").body()).contains("\"run_id\":\"r1\"");
  }

  @Test
  void saysWhyItFailed() {
    long lease = started("r1");
    worker.settle(
        lease, Outcome.FAILED, "{\"code\":\"E42\",\"message\":\"no luck\",\"retryable\":true}");
    awaitShown("r1", "\"status\":\"failed\"");
    assertThat(runs.show("r1").body())
        .contains(
            "\"error\":{\"message\":\"no luck\",\"code\":\"E42\",\"details\":{\"retryable\":true}}");
  }

  @Test
  void isCancelledByItsWorkerAsHardAsWasAsked() {
    long lease = started("r1");
    HttpResponse<String> first =
        runs.cancel("r1", "{\"how\":\"after_node\",\"deadline_ms\":60000,\"reason\":\"enough\"}");
    assertThat(first.statusCode()).isEqualTo(202);
    assertThat(first.body()).isEqualTo("{\"run_id\":\"r1\",\"status\":\"cancelling\"}");
    IngestFrame.Cancel cancel = worker.cancelled();
    assertThat(cancel.lease()).isEqualTo(lease);
    assertThat(cancel.how()).isEqualTo(How.AFTER_NODE);
    assertThat(cancel.by()).isEqualTo("ann");
    assertThat(cancel.reason()).isEqualTo("enough");
    assertThat(runs.show("r1").body()).contains("\"status\":\"running\"", "\"cancelling\":true");

    assertThat(runs.cancel("r1").body()).isEqualTo(first.body());
    assertThat(worker.cancelled().how()).isEqualTo(How.NOW);
    worker.settle(lease, Outcome.CANCELLED, "");
    awaitShown("r1", "\"status\":\"cancelled\"");
    assertThat(runs.cancel("r1").statusCode()).isEqualTo(400);
    assertThat(runs.show("r1").body()).doesNotContain("cancelling");
  }

  @Test
  void isToldToEndNowByADelete() {
    long lease = started("r1");
    HttpResponse<String> answer = runs.delete("r1", "?reason=stop");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(answer.body()).isEqualTo("{\"run_id\":\"r1\",\"status\":\"cancelled\"}");
    IngestFrame.Cancel cancel = worker.cancelled();
    assertThat(cancel.lease()).isEqualTo(lease);
    assertThat(cancel.how()).isEqualTo(How.NOW);
    assertThat(cancel.reason()).isEqualTo("stop");
  }

  @Test
  void isEndedWithoutItsWorkerByAKillSwitch() {
    long lease = started("r1");
    runs.with(runs.owner("acme")).put("/kill-switches/agent/echo", "{\"reason\":\"it loops\"}");
    IngestFrame.Release release = worker.released();
    assertThat(release.lease()).isEqualTo(lease);
    assertThat(release.code()).isEqualTo(ErrorCode.KILL_SWITCH.number());
    awaitShown("r1", "\"status\":\"cancelled\"");
    assertThat(server.fetch("/v1/topics/run/r1/events").body())
        .contains("\"by\":\"root\",\"reason\":\"kill switch: it loops\"");
  }
}
