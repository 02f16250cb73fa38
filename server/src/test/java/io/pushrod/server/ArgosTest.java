package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RawWs;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.SseClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// Clients of Argos watch jobs, runs and workflows of a project.
@Tag("acceptance")
final class ArgosTest {
  private static final String INGEST = "/api/stream/projects/p1/ingest/j1";
  private static final String SSE = INGEST + "/events";
  private static final String JOB_TOPIC = "project/p1/ingest/j1";

  @RegisterExtension final RunningServer server = new RunningServer("server.event_loops=2");

  private RawWs ws(String path) {
    return server.rawWsAt(
        path + (path.contains("?") ? "&" : "?") + "token=" + server.token(), 0, new byte[0]);
  }

  /// Publishes to the project's topic and the resource's, as a producer does.
  private void publish(String topic, String type, String data) {
    HttpResponse<String> answer =
        server.post(
            "/v1/publish",
            "{\"topics\":[\"project/p1\",\""
                + topic
                + "\"],\"type\":\""
                + type
                + "\",\"data\":"
                + data
                + "}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
  }

  private void job(String type, String status) {
    publish(JOB_TOPIC, "ingest.job." + type, job(status));
  }

  private static String job(String status) {
    return "{\"job\":{\"id\":\"j1\",\"project_id\":\"p1\",\"status\":\"" + status + "\"}}";
  }

  private static String created(String status) {
    return "{\"type\":\"ingest.job.created\"," + job(status).substring(1);
  }

  private static String untimed(String frame) {
    return frame.replaceAll("\"timestamp\":\"[^\"]*\"", "\"timestamp\":\"T\"");
  }

  private static void assertRefused(RawWs client, String frame, int code) {
    assertThat(client.head()).startsWith("HTTP/1.1 101");
    List<RawWs.Frame> frames = new ArrayList<>(client.untilClosed());
    frames.removeIf(each -> each.opcode() == RawWs.PING);
    assertThat(frames).hasSize(2);
    assertThat(frames.getFirst().text()).isEqualTo(frame);
    assertThat(frames.getLast().code()).isEqualTo(code);
    assertThat(frames.getLast().text()).hasSize(2);
  }

  // WebSocket.

  @ParameterizedTest
  @CsvSource({
    "ingest/j1, ingest/j1, ingest.job, job",
    "agent-runs/j1, agent-run/j1, agent.run, run",
    "workflows/j1, workflow/j1, workflow.run, run",
    "workflows/runs/j1, workflow/j1, workflow.run, run"
  })
  void showsTheStateFirstAndThenWhatHappens(String path, String topic, String family, String key) {
    String data = "{\"" + key + "\":{\"id\":\"j1\",\"status\":\"running\"}}";
    publish("project/p1/" + topic, family + ".updated", data);
    RawWs client = ws("/api/stream/projects/p1/" + path);
    assertThat(client.nextText())
        .isEqualTo("{\"type\":\"" + family + ".created\"," + data.substring(1));
    publish("project/p1/" + topic, family + ".completed", data);
    assertThat(untimed(client.nextText()))
        .isEqualTo(
            "{\"type\":\"" + family + ".completed\",\"timestamp\":\"T\"," + data.substring(1));
  }

  @Test
  void showsTheLatestStateWhateverItIs() {
    job("created", "queued");
    job("completed", "completed");
    RawWs client = ws(INGEST);
    assertThat(client.nextText()).isEqualTo(created("completed"));
    job("updated", "running");
    assertThat(client.nextText()).contains("ingest.job.updated");
  }

  @Test
  void passesOverWhatIsNoStateOfTheRun() {
    publish("project/p1/agent-run/r1", "agent.run.started", "{\"run\":{\"id\":\"r1\"}}");
    publish("project/p1/agent-run/r1", "agent.step.updated", "{\"step\":{\"run_id\":\"r1\"}}");
    assertThat(ws("/api/stream/projects/p1/agent-runs/r1").nextText())
        .isEqualTo("{\"type\":\"agent.run.created\",\"run\":{\"id\":\"r1\"}}");
  }

  @Test
  void showsAllOfTheProjectWhateverWasOpened() {
    job("created", "queued");
    RawWs client = ws(INGEST);
    assertThat(client.nextText()).isEqualTo(created("queued"));
    publish("project/p1/agent-run/r9", "agent.run.created", "{\"run\":{\"id\":\"r9\"}}");
    assertThat(untimed(client.nextText()))
        .isEqualTo("{\"type\":\"agent.run.created\",\"timestamp\":\"T\",\"run\":{\"id\":\"r9\"}}");
  }

  @Test
  void showsOneResourceAloneWhereTheRowSaysSo() {
    server.restart(
        "surfaces.argos-ingest.topics.events.topic=project/{project_id}/ingest/{job_id}");
    job("created", "queued");
    RawWs client = ws(INGEST);
    assertThat(client.nextText()).isEqualTo(created("queued"));
    publish("project/p1/agent-run/r9", "agent.run.created", "{\"run\":{\"id\":\"r9\"}}");
    job("updated", "running");
    assertThat(client.nextText()).startsWith("{\"type\":\"ingest.job.updated\"");
  }

  @ParameterizedTest
  @CsvSource({"/api/stream/projects/p1/agent-runs", "/api/stream/events?project_id=p1"})
  void showsAProjectFromNowOn(String path) {
    job("created", "queued");
    RawWs client = ws(path);
    server.awaitCount(Counter.SUBSCRIPTIONS_OPENED, 1);
    job("updated", "running");
    assertThat(client.nextText()).startsWith("{\"type\":\"ingest.job.updated\"");
  }

  @Test
  void losesNothingBetweenTheStateAndWhatFollows() {
    int jobs = 200;
    job("created", "queued");
    Thread producer =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 1; i <= jobs; i++) {
                    publish(
                        JOB_TOPIC,
                        "ingest.job.updated",
                        "{\"job\":{\"id\":\"j1\",\"n\":" + i + "}}");
                  }
                });
    for (int round = 0; round < 5; round++) {
      RawWs client = ws(INGEST);
      int n = number(client.nextText());
      for (int next = 0; n < jobs; n = Math.max(n, next)) {
        next = number(client.nextText());
        assertThat(next).isLessThanOrEqualTo(n + 1);
      }
    }
    Await.until("all are published", () -> !producer.isAlive());
  }

  private static int number(String frame) {
    return frame.contains("\"n\":") ? (int) Json.number(frame, "n") : 0;
  }

  @ParameterizedTest
  @CsvSource({
    "/api/stream/projects/p1/ingest/j9, job",
    "/api/stream/projects/p2/ingest/j1, job",
    "/api/stream/projects/p1/agent-runs/j9, run",
    "/api/stream/projects/p1/workflows/j9, run"
  })
  void knowsNothingOfWhatIsNotThere(String path, String what) {
    job("created", "queued");
    String id = path.substring(path.lastIndexOf('/') + 1);
    assertRefused(
        ws(path),
        "{\"error\":\"" + what + "_not_found\",\"" + what + "_id\":\"" + id + "\"}",
        1008);
  }

  @Test
  void knowsNothingOfWhatAnotherTenantHas() {
    job("created", "queued");
    String other = server.token("evil", List.of("*"), List.of("*"), Duration.ofHours(1));
    assertRefused(
        server.rawWsAt(INGEST + "?token=" + other, 0, new byte[0]),
        "{\"error\":\"job_not_found\",\"job_id\":\"j1\"}",
        1008);
  }

  @Test
  void knowsNothingOfWhatTheTokenMayNotRead() {
    job("created", "queued");
    String narrow = server.token("acme", List.of("project/p2"), List.of(), Duration.ofHours(1));
    assertRefused(
        server.rawWsAt(INGEST + "?token=" + narrow, 0, new byte[0]),
        "{\"error\":\"job_not_found\",\"job_id\":\"j1\"}",
        1008);
  }

  @Test
  void readsNoTopicThatAnIdNamesBySlashes() {
    job("created", "queued");
    assertRefused(
        ws("/api/stream/projects/p1%2Fingest/ingest/j1"),
        "{\"error\":\"job_not_found\",\"job_id\":\"j1\"}",
        1008);
    assertRefused(ws("/api/stream/events"), "{\"error\":\"project_not_found\"}", 1008);
  }

  @Test
  void takesNobodyWithoutATokenWhereTheRowNamesNoTenant() {
    server.restart("surfaces.argos-ingest.dev_tenant=null");
    assertRefused(
        server.rawWsAt(INGEST, 0, new byte[0]),
        "{\"error\":\"authentication_required\",\"message\":"
            + "\"token: none (expected: Authorization: Bearer or ?token=)\"}",
        1008);
  }

  @Test
  void takesATokenFromTheHeader() {
    job("created", "queued");
    RawWs client =
        server.rawWsAt(INGEST, 0, new byte[0], "Authorization: Bearer " + server.token());
    assertThat(client.nextText()).isEqualTo(created("queued"));
  }

  @Test
  void takesAnybodyInDevelopment() {
    server.restart("surfaces.argos-ingest.dev_tenant=acme");
    job("created", "queued");
    assertThat(server.rawWsAt(INGEST, 0, new byte[0]).nextText()).isEqualTo(created("queued"));
  }

  @Test
  void hasSoManyPlacesForAProject() {
    server.restart(
        "surfaces.argos-ingest.connections_per_topic=2",
        "surfaces.argos-agent-runs.connections_per_topic=2");
    job("created", "queued");
    RawWs first = ws(INGEST);
    assertThat(first.nextText()).isEqualTo(created("queued"));
    assertThat(ws(INGEST).nextText()).isEqualTo(created("queued"));
    assertRefused(
        ws("/api/stream/projects/p1/agent-runs"), "{\"error\":\"too_many_connections\"}", 1013);
    assertThat(server.count(Counter.LIMIT_CONNECTIONS_PER_TOPIC)).isEqualTo(1);
    first.send(RawWs.masked(RawWs.FIN | RawWs.CLOSE, new byte[] {3, (byte) 232}));
    Await.until(
        "the first is gone", () -> server.closed(Transport.WEBSOCKET, CloseReason.NORMAL) == 1);
    assertThat(ws(INGEST).nextText()).isEqualTo(created("queued"));
  }

  @Test
  void givesBackThePlaceOfAClientThatIsSuddenlyGone() throws Exception {
    server.restart("surfaces.argos-ingest.connections_per_topic=1");
    job("created", "queued");
    RawWs lost = ws(INGEST);
    assertThat(lost.nextText()).isEqualTo(created("queued"));
    lost.close();
    Await.until("it is back", () -> ws(INGEST).nextText().equals(created("queued")));
  }

  @Test
  void caresNothingForWhatClientsSay() {
    job("created", "queued");
    RawWs client = ws(INGEST).send("hello").send("{\"type\":\"x\"}");
    assertThat(client.nextText()).isEqualTo(created("queued"));
    job("updated", "running");
    assertThat(client.nextText()).startsWith("{\"type\":\"ingest.job.updated\"");
  }

  @Test
  void pingsEveryClient() {
    server.restart("surfaces.argos-ingest.heartbeat=50ms");
    job("created", "queued");
    RawWs client = ws(INGEST);
    assertThat(client.nextText()).isEqualTo(created("queued"));
    assertThat(client.next().opcode()).isEqualTo(RawWs.PING);
  }

  // Event streams.

  /// The whole stream, once it has ended; it has begun when this returns.
  private CompletableFuture<String> stream(String path) {
    CompletableFuture<String> body = CompletableFuture.supplyAsync(() -> server.fetch(path).body());
    server.awaitCount(Counter.SUBSCRIPTIONS_OPENED, 1);
    return body;
  }

  @Test
  void endsAnEventStreamWithItsJob() {
    job("created", "queued");
    CompletableFuture<String> stream = stream(SSE);
    String other = "{\"job\":{\"id\":\"j2\"}}";
    publish("project/p1/ingest/j2", "ingest.job.completed", other);
    job("completed", "completed");
    job("updated", "completed");
    assertThat(untimed(stream.join()))
        .isEqualTo(
            """
            event: ingest.job.created
            data: %s

            event: ingest.job.completed
            data: {"type":"ingest.job.completed","timestamp":"T",%s

            event: ingest.job.completed
            data: {"type":"ingest.job.completed","timestamp":"T",%s

            """
                .formatted(created("queued"), other.substring(1), job("completed").substring(1)));
  }

  @Test
  void showsWhatIsOverAndEnds() {
    job("failed", "failed");
    HttpResponse<String> answer = server.fetch(SSE);
    assertThat(answer.headers().firstValue("content-type")).hasValue("text/event-stream");
    assertThat(answer.body())
        .isEqualTo("event: ingest.job.created\ndata: " + created("failed") + "\n\n");
  }

  @ParameterizedTest
  @CsvSource({
    "/api/stream/projects/p1/ingest/j1/events, Ingest job",
    "/api/stream/projects/p2/ingest/j1/events, Ingest job",
    "/api/stream/projects/p%2F1/ingest/j1/events, Ingest job",
    "/api/projects/p1/agent-runs/r1/stream, Agent run",
    "/api/agents/runs/r1/stream, Agent run"
  })
  void answersThatThereIsNone(String path, String what) {
    publish("other", "x", "{}");
    HttpResponse<String> answer = server.fetch(path);
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).isEqualTo("{\"detail\":\"" + what + " not found\"}");
  }

  @Test
  void answersStrangersThatTheyNeedAToken() {
    server.restart("surfaces.argos-ingest-sse.dev_tenant=null");
    job("created", "queued");
    HttpResponse<String> answer = server.send(HttpRequest.newBuilder(server.http(SSE)));
    assertThat(answer.statusCode()).isEqualTo(401);
    assertThat(answer.body())
        .isEqualTo(
            "{\"error\":\"authentication_required\",\"message\":"
                + "\"token: none (expected: Authorization: Bearer or ?token=)\"}");
  }

  @Test
  void streamsARunWithoutNamesForWhoListensToNone() {
    String run = "{\"run\":{\"id\":\"r1\"}}";
    publish("agent-run/r1", "agent.run.started", run);
    CompletableFuture<String> stream = stream("/api/agents/runs/r1/stream");
    publish("agent-run/r1", "agent.run.completed", run);
    assertThat(untimed(stream.join()))
        .isEqualTo(
            """
            event: message
            data: {"type":"agent.run.created",%1$s

            event: message
            data: {"type":"agent.run.completed","timestamp":"T",%1$s

            """
                .formatted(run.substring(1)));
  }

  @Test
  void streamsARunOfAProject() {
    publish("project/p1/agent-run/r1", "agent.run.started", "{\"run\":{\"id\":\"r1\"}}");
    SseClient client =
        server.sseAt(
            "/api/projects/p1/agent-runs/r1/stream", "Authorization", "Bearer " + server.token());
    assertThat(client.next().data())
        .isEqualTo("{\"type\":\"agent.run.created\",\"run\":{\"id\":\"r1\"}}");
    publish("project/p1/agent-run/r1", "agent.run.failed", "{\"run\":{\"id\":\"r1\"}}");
    assertThat(client.next().data()).contains("agent.run.failed");
    assertThat(client.ends()).isTrue();
  }

  /// A reader that stands still keeps nobody waiting, and is told what it missed.
  @Test
  void keepsNobodyWaitingForAClientThatDoesNotRead() {
    job("created", "queued");
    RawWs slow = server.rawWsAt(INGEST + "?token=" + server.token(), 4096, new byte[0]);
    assertThat(slow.nextText()).isEqualTo(created("queued"));
    RawWs quick = ws(INGEST);
    assertThat(quick.nextText()).isEqualTo(created("queued"));
    String pad = "x".repeat(100_000);
    for (int i = 1; i <= 12; i++) {
      publish(
          JOB_TOPIC,
          "ingest.job.updated",
          "{\"job\":{\"id\":\"j1\",\"n\":" + i + ",\"pad\":\"" + pad + "\"}}");
      assertThat(number(quick.nextText())).isEqualTo(i);
    }
    assertThat(slow.nextText()).contains("\"n\":");
  }

  @ParameterizedTest
  @CsvSource({
    "options.resource=job, options.resource: job (expected: such as ingest.job)",
    "snapshot=null, options.resource: one without a snapshot",
    "options.names=x, options.names: x (expected: type or message)",
    "topics=null, topics: none"
  })
  void doesNotStartWithARowThatMakesNoSense(String setting, String why) {
    assertThatThrownBy(() -> server.restart("surfaces.argos-ingest." + setting))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("surfaces.argos-ingest: ")
        .hasMessageContaining(why);
  }
}
