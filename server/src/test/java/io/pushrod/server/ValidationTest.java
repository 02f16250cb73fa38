package io.pushrod.server;

import static io.pushrod.server.support.IngestClient.event;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.groups.Tuple.tuple;

import io.pushrod.client.PublisherConfig;
import io.pushrod.client.Worker;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.IngestClient.Settled;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Data is held to the schema of its type, whatever way it comes.
@Timeout(60)
final class ValidationTest {
  private static final Path SHIPPED =
      Path.of(System.getProperty("pushrod.root", ".."), "config", "schemas");

  private static final String REFUSED =
      "data/size: breaks minimum (expected: what the schema of artifact_written says)";

  private static final String BAD = "{\"path\":\"a\",\"mime\":\"text/plain\",\"size\":-7}";
  private static final String GOOD = "{\"path\":\"a\",\"mime\":\"text/plain\",\"size\":7}";

  @RegisterExtension
  final RunningServer server =
      new RunningServer("events.schemas=" + SHIPPED, "events.validation=reject");

  private static String line(String data) {
    return "{\"topic\":\"run-files\",\"type\":\"artifact_written\",\"data\":" + data + "}";
  }

  private String history() {
    return server.fetch("/v1/topics/run-files/events").body();
  }

  @Test
  void refusesWhatServicesPublishOverHttp() {
    HttpResponse<String> refused = server.post("/v1/publish", line(BAD));

    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(refused.body())
        .isEqualTo(
            "{\"error\":{\"code\":\"schema\",\"message\":\""
                + REFUSED
                + "\",\"retryable\":false}}");
    assertThat(server.post("/v1/publish", line(GOOD)).statusCode()).isEqualTo(200);
    assertThat(server.count(Counter.SCHEMA_REJECTED)).isEqualTo(1);
  }

  @Test
  void letsTheGoodLinesOfManyStand() {
    HttpResponse<String> answers =
        server.postLines(line(GOOD) + "\n" + line(BAD) + "\n" + line(GOOD));

    assertThat(answers.body().lines().toList()).hasSize(3);
    assertThat(answers.body().lines().toList().get(1)).contains("\"schema\"");
    assertThat(history()).contains("\"seq\":2").doesNotContain("-7");
  }

  @Test
  void refusesWhatComesOverTheIngestPort() {
    try (IngestClient client = IngestClient.ready(server, "p", 1)) {
      client.publish(
          1,
          event("run-files", "artifact_written", GOOD),
          event("run-files", "artifact_written", BAD),
          event("run-files", "artifact_written", "{ \"path\": \"a\" }"),
          event("run-files", "note", BAD));

      Settled settled = client.settled(4);

      assertThat(settled.rejects())
          .extracting(IngestFrame.Reject::code, IngestFrame.Reject::message)
          .containsExactly(
              tuple(ErrorCode.SCHEMA.number(), REFUSED),
              tuple(
                  ErrorCode.SCHEMA.number(),
                  "data: lacks mime, size (expected: what the schema of artifact_written says)"));
    }
  }

  @Test
  void refusesWhatAWebSocketPublishes() {
    WsClient client = server.ws();

    client.send(
        "{\"op\":\"publish\",\"id\":7,\"topic\":\"run-files\",\"type\":\"artifact_written\",\"data\":"
            + BAD
            + "}");

    assertThat(client.nextReply()).contains("\"op\":\"error\"", "\"id\":7", "\"schema\"", REFUSED);
  }

  @Test
  void admitsEverythingThatAWorkerSaysOfItsRun() {
    WsClient reader = server.ws();
    reader.subscribe("run/r1", "");
    PublisherConfig config =
        PublisherConfig.of("127.0.0.1", server.server().ingestPort(), "w")
            .withToken(server::workerToken);
    try (Worker _ =
        Worker.of(config)
            .agent(
                "echo",
                1,
                (request, run) -> {
                  run.token("a");
                  run.delta("b", 0, "thinking", "planner");
                  run.delta("c", -1, null, null);
                  run.step("search", Duration.ofMillis(1_234));
                  run.progress("search", 0.25, "half of the half");
                  run.progress(null, 7, null);
                  run.checkpoint("c1", "[1]");
                  run.artifact("a.txt", "text/plain", 12, "Hello");
                  run.artifact("b.png", "image/png", 0, null);
                  run.custom("fraud_check", "[1]");
                  return request.input();
                })
            .start()) {
      server.startRun("echo", "r1", "{\"text\":\"hi\"}");

      List<String> events = reader.nextEvents(12);

      assertThat(Json.text(events.getFirst(), "type")).isEqualTo("run_start");
      assertThat(Json.text(events.getLast(), "type")).isEqualTo("run_end");
      assertThat(server.count(Counter.SCHEMA_REJECTED)).isZero();
    }
  }

  @Test
  void onlyCountsWhereItIsToWarn() {
    server.restart("events.validation=warn");

    assertThat(server.post("/v1/publish", line(BAD)).statusCode()).isEqualTo(200);
    assertThat(history()).contains(BAD);
    assertThat(server.scraped("pushrod_schema_violations_total{action=\"warn\"}")).isEqualTo(1);
  }

  @Test
  void checksNothingWhereItIsOff() {
    server.restart("events.validation=off");

    assertThat(server.post("/v1/publish", line(BAD)).statusCode()).isEqualTo(200);
    assertThat(server.count(Counter.SCHEMA_WARNED)).isZero();
  }

  @Test
  void countsDataThatTakesTooManySteps() {
    server.restart("events.validation_steps=1000");
    String many = "{\"patch\":[" + "1,".repeat(2_000) + "1]}";

    HttpResponse<String> refused =
        server.post(
            "/v1/publish",
            "{\"topic\":\"board\",\"type\":\"blackboard_update\",\"data\":" + many + "}");

    assertThat(refused.statusCode()).isEqualTo(422);
    assertThat(server.limitHits("validation_steps")).isEqualTo(1);
  }

  @Test
  void doesNotStartWithAFileThatIsNoSchema(@TempDir Path folder) throws IOException {
    Path bad = folder.resolve("note.json");
    Files.writeString(bad, "{\"type\":\"objekt\"}");

    assertThatThrownBy(() -> server.restart("events.schemas=" + folder, "events.validation=reject"))
        .isInstanceOf(ConfigException.class)
        .hasMessageStartingWith(bad + ": /type ");
  }

  @Test
  void needsAFolderToValidate() {
    assertThatThrownBy(() -> ServerConfig.with(true, "events.validation=warn"))
        .hasMessageContaining("events.validation: warn (expected: off without events.schemas)");
  }
}
