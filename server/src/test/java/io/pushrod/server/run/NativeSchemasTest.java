package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.RunView.RunError;
import io.pushrod.server.schema.EventSchemas;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Holds the shipped schemas to what a desk writes.
class NativeSchemasTest {
  private static final Path FOLDER =
      Path.of(System.getProperty("pushrod.root", ".."), "config", "schemas");

  private static void holds(EventSchemas schemas, String type, ByteBuf data) {
    assertThatCode(() -> schemas.check(type, data, 0, data.readableBytes(), new ShardMetrics()))
        .as(type)
        .doesNotThrowAnyException();
  }

  @Test
  void everyEventThatADeskWritesIsValid() {
    EventSchemas schemas = EventSchemas.load(FOLDER, true, 200_000, () -> 0);
    CancelOrder order = new CancelOrder(How.NOW, 0, "", CancelOrder.DEFAULT_REASON);

    holds(schemas, "run_start", EventData.begin("echo", ""));
    holds(schemas, "run_start", EventData.begin("echo", "ann"));
    holds(schemas, "stalled", EventData.stalled(15_000));
    holds(schemas, "cancelling", EventData.cancelling(order));
    holds(schemas, "cancelled", EventData.cancelled(order, 12));
    holds(schemas, "heartbeat", EventData.empty());
    holds(schemas, "run_end", EventData.completed(null, "echo", 12));
    holds(schemas, "run_end", EventData.completed("[1, 2]", "echo", 0));
    holds(schemas, "error", EventData.failed(new RunError("producer_lost", "", true), 12));
    holds(schemas, "undelivered", EventData.undelivered("m1", "", "no_worker"));
  }

  @Test
  void everyEventThatADeskWritesHasASchema() throws IOException {
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .contains(
              "run_start.json",
              "run_end.json",
              "error.json",
              "stalled.json",
              "cancelling.json",
              "cancelled.json",
              "heartbeat.json",
              "undelivered.json");
    }
  }
}
