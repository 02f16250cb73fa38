package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import io.pushrod.server.support.TestWorker;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Runs where only declared readers may read their topics.
@Tag("acceptance")
final class OwnedRunTest {
  @RegisterExtension
  final RunningServer server = new RunningServer("auth.owned_topics=run/*", "server.event_loops=2");

  @Test
  void isReadByWhoeverStartedIt() throws Exception {
    try (TestWorker worker = new TestWorker(server);
        HttpClient client = HttpClient.newHttpClient()) {
      new RunsClient(server).start("?agent=echo&run_id=r1", "{}");
      worker.settle(worker.begin(), Outcome.COMPLETED, "1");
      worker.released();

      HttpResponse<String> stream =
          client.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:%d/runs/r1/events?from_sequence=1&token=%s"
                              .formatted(server.server().httpPort(), server.token())))
                  .timeout(Duration.ofSeconds(30))
                  .build(),
              HttpResponse.BodyHandlers.ofString());

      assertThat(stream.body()).contains("event: started", "event: complete");
    }
  }
}
