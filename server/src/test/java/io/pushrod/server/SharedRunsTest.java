package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import io.pushrod.server.support.TestWorker;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpResponse;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Runs over three servers on one Redis.
final class SharedRunsTest {
  private final RedisServer redis = RedisServer.durable();

  @RegisterExtension final AfterEachCallback end = _ -> redis.close();
  @RegisterExtension final RunningServer a = new RunningServer(settings());
  @RegisterExtension final RunningServer b = new RunningServer(settings());
  @RegisterExtension final RunningServer c = new RunningServer(settings());

  private String[] settings() {
    return new String[] {
      "server.event_loops=2",
      "storage.backend=redis",
      "storage.redis.url=" + redis.url(),
      "storage.redis.reconcile=200ms",
      "storage.redis.node_ttl=2s",
      "storage.redis.timeout=5s"
    };
  }

  private void together() {
    for (RunningServer server : List.of(a, b, c)) {
      Await.until(
          "three servers know each other", () -> server.scraped("pushrod_cluster_nodes") == 3);
    }
  }

  private static String status(RunningServer server, String id) {
    HttpResponse<String> answer = new RunsClient(server).show(id);
    return answer.statusCode() == 200 ? Json.text(answer.body(), "status") : "unknown";
  }

  private static void awaitStatus(RunningServer server, String id, String status) {
    Await.until(id + " is " + status, () -> status(server, id).equals(status));
  }

  private static String start(RunningServer server) {
    HttpResponse<String> answer = new RunsClient(server).start("?agent=echo", "{}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
    return Json.text(answer.body(), "run_id");
  }

  @Test
  void areStartedOnOneWorkedOnAnotherAndReadOnTheThird() {
    together();
    try (TestWorker worker = new TestWorker(b)) {
      String id = start(a);
      long lease = worker.begin();
      awaitStatus(c, id, "running");
      WsClient reader = c.ws();
      reader.subscribe("run/" + id, ",\"after\":\"earliest\"");
      assertThat(Json.text(reader.nextEvents(1).getFirst(), "type")).isEqualTo("run_start");
      worker.settle(lease, Outcome.COMPLETED, "{\"x\":1}");
      assertThat(worker.released().code()).isZero();
      assertThat(Json.text(reader.nextEvents(1).getFirst(), "type")).isEqualTo("run_end");
      awaitStatus(a, id, "completed");
      awaitStatus(b, id, "completed");
      awaitStatus(c, id, "completed");
    }
  }

  @Test
  void areCancelledFromTheThird() {
    together();
    try (TestWorker worker = new TestWorker(b)) {
      String id = start(a);
      long lease = worker.begin();
      awaitStatus(c, id, "running");
      assertThat(new RunsClient(c).cancel(id).statusCode()).isLessThan(300);
      assertThat(worker.cancelled().lease()).isEqualTo(lease);
      worker.settle(lease, Outcome.CANCELLED, "");
      awaitStatus(a, id, "cancelled");
    }
  }

  @Test
  void goOnWhenTheServerOfTheirDeskStops() {
    together();
    try (TestWorker worker = new TestWorker(b)) {
      String id = start(a);
      long lease = worker.begin();
      a.stop();
      worker.settle(lease, Outcome.COMPLETED, "");
      awaitStatus(c, id, "completed");
    }
  }
}
