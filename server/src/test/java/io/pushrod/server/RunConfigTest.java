package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.client.PublisherConfig;
import io.pushrod.client.Worker;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.RunsClient;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

/// An operator decides what runs may be.
@Tag("acceptance")
final class RunConfigTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "runs.default_agent=echo",
          "runs.input_bytes=1KiB",
          "streaming.events.allowed=[checkpoint, 'custom:fraud']");

  private final RunsClient runs = new RunsClient(server);

  @Test
  void aRunThatNamesNoAgentIsTheDefaultOnes() {
    String id = Json.text(runs.start("", "{}").body(), "run_id");
    assertThat(runs.show(id).body()).contains("\"metadata\":{\"agent\":\"echo\"");
  }

  @Test
  void anInputHasTheConfiguredBound() {
    assertThat(runs.start("", "{\"text\":\"" + "x".repeat(1024) + "\"}").statusCode())
        .isEqualTo(413);
  }

  @Test
  void withoutAsyncRunsThereAreOnlyDirectOnes() {
    server.restart("streaming.async_runs=false");
    assertThat(runs.start("", "{}").statusCode()).isEqualTo(404);
    assertThat(runs.list("").statusCode()).isEqualTo(404);
    try (Worker _ = worker()) {
      assertThat(runs.invoke("", "{}").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void whatRunsMayNotEmitHasNoNumber() {
    try (Worker _ = worker()) {
      assertThat(runs.start("?run_id=r1", "{}").statusCode()).isEqualTo(202);
      Await.until("the run is completed", () -> runs.show("r1").body().contains("\"completed\""));
    }
    String events = server.fetch("/runs/r1/events?from_sequence=1&token=" + server.token()).body();
    assertThat(
            events
                .lines()
                .filter(line -> line.startsWith("event: "))
                .map(line -> line.substring("event: ".length())))
        .containsExactly("started", "checkpoint", "fraud", "complete");
    assertThat(sequences(events)).isEqualTo("1 2 3 4");
  }

  private static String sequences(String events) {
    return events
        .lines()
        .flatMap(line -> Stream.of(line.split("\"sequence\":")).skip(1))
        .map(rest -> rest.substring(0, rest.indexOf(',')))
        .collect(Collectors.joining(" "));
  }

  private Worker worker() {
    return Worker.of(
            PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "worker")
                .withToken(server::workerToken))
        .agent(
            "echo",
            1,
            (_, run) -> {
              run.token("hi");
              run.progress("a", 0.5, "half");
              run.checkpoint("b", "{}");
              run.custom("fraud", "{\"x\":1}");
              run.custom("other", "{}");
              return null;
            })
        .start();
  }
}
