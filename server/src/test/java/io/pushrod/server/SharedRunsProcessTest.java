package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RedisServer;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import io.pushrod.server.support.TestWorker;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// A process that has a desk is killed, and another server goes on with its runs.
@Timeout(120)
final class SharedRunsProcessTest {
  @TempDir Path data;

  private final RedisServer redis = RedisServer.durable();

  @RegisterExtension final AfterEachCallback end = _ -> redis.close();
  @RegisterExtension final RunningServer b = new RunningServer(settings());

  private String[] settings() {
    return new String[] {
      "server.event_loops=2",
      "storage.backend=redis",
      "storage.redis.url=" + redis.url(),
      "storage.redis.node_ttl=2s",
    };
  }

  private Process child() throws IOException {
    List<String> command =
        Stream.concat(
                Stream.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:TieredStopAtLevel=1",
                    "-cp",
                    System.getProperty("java.class.path"),
                    "io.pushrod.server.Main",
                    "serve",
                    "--dev",
                    "--data=" + data,
                    "--port=0",
                    "--ingest-port=0",
                    "--admin-port=0"),
                Stream.of(settings()).map(each -> "--set=" + each))
            .toList();
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  private static URI address(BufferedReader out) throws IOException {
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      int at = line.indexOf("http=");
      if (at >= 0) {
        return URI.create("http://" + line.substring(at + 5).split(" ", 2)[0]);
      }
    }
    throw new AssertionError("line: none (expected: one with http=)");
  }

  private String startAt(URI server) throws IOException, InterruptedException {
    List<String> all = List.of("*");
    String token =
        DevSecret.loadOrCreate(data)
            .minter()
            .mint(
                new TokenRequest(
                    "acme", "ann", List.of(), all, all, List.of(), List.of(), Duration.ofHours(1)),
                ServerConfig.defaults(true).auth().claims(),
                Instant.now());
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(server.resolve("/runs?agent=echo"))
                  .header("Authorization", "Bearer " + token)
                  .header("Content-Type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString("{}"))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
      return Json.text(answer.body(), "run_id");
    }
  }

  private String status(String id) {
    HttpResponse<String> answer = new RunsClient(b).with(b.token()).show(id);
    return answer.statusCode() == 200 ? Json.text(answer.body(), "status") : "unknown";
  }

  @Test
  void goesOnWithARunWhoseDesksProcessIsKilled() throws Exception {
    Process child = child();
    try (BufferedReader out = child.inputReader()) {
      URI there = address(out);
      Await.until("two servers know each other", () -> b.scraped("pushrod_cluster_nodes") == 2);
      String running = startAt(there);
      try (TestWorker worker = new TestWorker(b)) {
        long lease = worker.begin();
        Await.until("it runs", () -> status(running).equals("running"));
        child.destroyForcibly().waitFor();
        worker.settle(lease, Outcome.COMPLETED, "{\"x\":1}");
        assertThat(worker.released().code()).isZero();
        Await.until("it is completed", () -> status(running).equals("completed"));
      }
    } finally {
      child.destroyForcibly();
    }
  }
}
