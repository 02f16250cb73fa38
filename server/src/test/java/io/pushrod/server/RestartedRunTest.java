package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import io.pushrod.server.support.TestWorker;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Runs whose server ends and comes back on the same disk, as clients and workers see them.
final class RestartedRunTest {
  @RegisterExtension final RunningServer server = new RunningServer("storage.backend=disk");

  private final RunsClient runs = new RunsClient(server);

  private void restart() {
    server.stop();
    server.start();
  }

  private void awaitShown(String id, String part) {
    Await.until(id + " " + part, () -> runs.show(id).body().contains(part));
  }

  private IngestClient back() {
    IngestClient client = new IngestClient(server.server().ingestPort());
    client.hello("worker", 1, server.workerToken());
    client.welcome();
    return client;
  }

  @Test
  void goesOnWithTheWorkerThatComesBack() {
    long lease;
    try (TestWorker worker = new TestWorker(server)) {
      assertThat(runs.start("?agent=echo&run_id=r1", "{}").statusCode()).isEqualTo(202);
      lease = worker.begin();
    }
    restart();
    assertThat(runs.show("r1").body()).contains("\"status\":\"running\"");
    try (IngestClient worker = back()) {
      worker.send(new IngestFrame.Renew(List.of(lease)));
      worker.send(new IngestFrame.Settle(lease, Outcome.COMPLETED, "{\"text\":\"ho\"}"));
      awaitShown("r1", "\"status\":\"completed\"");
    }
    restart();
    assertThat(runs.show("r1").body()).contains("\"output\":{\"text\":\"ho\"}");
  }

  @Test
  void isLostWhenItsWorkerDoesNotComeBack() {
    server.restart("runs.lease=1s");
    try (TestWorker worker = new TestWorker(server)) {
      runs.start("?agent=echo&run_id=r1", "{}");
      worker.begin();
    }
    restart();
    awaitShown("r1", "\"code\":\"producer_lost\"");
  }

  @Test
  void isWorkedOnAfterTheRestart() {
    String first = runs.start("?agent=echo", "{\"text\":\"hi\"}", "Idempotency-Key", "k1").body();
    restart();
    String again = runs.start("?agent=echo", "{}", "Idempotency-Key", "k1").body();
    assertThat(Json.text(again, "run_id")).isEqualTo(Json.text(first, "run_id"));
    try (TestWorker worker = new TestWorker(server)) {
      assertThat(worker.offered().payload()).isEqualTo("{\"text\":\"hi\"}");
    }
  }
}
