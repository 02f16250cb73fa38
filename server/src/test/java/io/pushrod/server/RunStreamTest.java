package io.pushrod.server;

import static io.pushrod.server.support.IngestClient.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.http.RawClient;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.support.Await;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.net.http.HttpRequest;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Somebody watches a run, with what Dockrion's clients are.
@Tag("acceptance")
final class RunStreamTest {
  private static final String EVENTS = "/runs/r1/events";

  @RegisterExtension
  final RunningServer server =
      new RunningServer("sse.retry=1s", "server.event_loops=2", "runs.lease=1m");

  private IngestClient worker;
  private long lease;
  private long published;

  @BeforeEach
  void beginARun() {
    worker = IngestClient.worker(server, "w", 1);
    worker.consume("agent/echo", 9);
    server.startRun("echo", "r1", "{}");
    lease = worker.begin();
    published = 0;
  }

  private void restart(String... settings) {
    worker.close();
    server.restartEmpty(settings);
    beginARun();
  }

  @AfterEach
  void goHome() {
    worker.close();
  }

  private void emit(String type, String data) {
    worker.publish(++published, event("run/r1", type, data));
    worker.settled(published);
  }

  private void tokens(int first, int last) {
    for (int i = first; i <= last; i++) {
      emit("token_chunk", "{\"text\":\"t" + i + "\"}");
    }
  }

  private void complete() {
    worker.settle(lease, Outcome.COMPLETED, "{\"text\":\"done\"}");
    worker.await(IngestFrame.Release.class);
  }

  // Reading.

  private RawClient open(String query, String... headers) {
    RawClient client = server.raw(0);
    client.request("GET", EVENTS + "?token=" + server.token() + "&" + query, headers);
    return client;
  }

  /// A stream that stands: its head and its greeting are read.
  private RawClient standing(String query, String... headers) {
    RawClient client = open(query, headers);
    assertThat(client.answerToHead().status()).isEqualTo(200);
    assertThat(chunk(client)).startsWith("retry: ");
    return client;
  }

  private static String chunk(RawClient client) {
    String text = client.text(Integer.parseInt(client.line(), 16));
    assertThat(client.text(2)).isEqualTo("\r\n");
    return text;
  }

  /// The rest of a stream up to its end.
  private static String rest(RawClient client) {
    StringBuilder text = new StringBuilder();
    for (int size = Integer.parseInt(client.line(), 16); size > 0; ) {
      text.append(client.text(size));
      client.line();
      size = Integer.parseInt(client.line(), 16);
    }
    client.line();
    assertThat(client.isClosedByServer()).isTrue();
    return text.toString();
  }

  private static List<String> named(String stream) {
    return stream
        .lines()
        .filter(line -> line.startsWith("event: "))
        .map(line -> line.substring("event: ".length()))
        .toList();
  }

  /// A stream that ends, without its greeting.
  private String whole(String query, String... headers) {
    return rest(standing(query, headers));
  }

  // From beginning to end.

  @Test
  void givesTheFramesThatDockrionsClientsRead() {
    emit("token_chunk", "{\"text\":\"Hi\"}");
    emit("node_end", "{\"node\":\"plan\",\"duration_ms\":5}");
    emit("progress", "{\"step\":\"s\",\"progress\":0.5,\"message\":\"m\"}");
    emit("checkpoint", "{\"name\":\"c\",\"data\":{\"a\":1}}");
    emit("custom:fraud_check", "{\"passed\":true}");
    complete();
    RawClient client = open("from_sequence=1");
    assertThat(client.answerToHead().header("content-type")).isEqualTo("text/event-stream");
    String greeting = chunk(client);
    assertThat(greeting).matches("retry: 1[0-9]{3}\nid: [0-9a-z]+-0\n\n");
    String epoch = greeting.replaceAll("(?s).*id: ([0-9a-z]+)-0.*", "$1");
    String stream =
        rest(client)
            .replaceAll("\"evt-[0-9a-f]{12}\"", "\"evt-#\"")
            .replaceAll("\"timestamp\":\"[^\"]{23}\\+00:00\"", "\"timestamp\":\"#\"")
            .replaceAll("\"latency_seconds\":[0-9.]+", "\"latency_seconds\":#");
    assertThat(stream)
        .isEqualTo(
            Stream.of(
                    frame(epoch, 1, "started", "\"agent_name\":\"echo\",\"framework\":null"),
                    frame(epoch, 2, "token", "\"content\":\"Hi\",\"finish_reason\":null"),
                    frame(
                        epoch,
                        3,
                        "step",
                        "\"node_name\":\"plan\",\"duration_ms\":5,\"input_keys\":[],\"output_keys\":[]"),
                    frame(
                        epoch, 4, "progress", "\"step\":\"s\",\"progress\":0.5,\"message\":\"m\""),
                    frame(epoch, 5, "checkpoint", "\"name\":\"c\",\"data\":{\"a\":1}"),
                    frame(epoch, 6, "fraud_check", "\"passed\":true"),
                    frame(
                        epoch,
                        7,
                        "complete",
                        "\"output\":{\"text\":\"done\"},\"latency_seconds\":#,\"metadata\":{\"agent\":\"echo\"}"))
                .reduce("", String::concat));
  }

  private static String frame(String epoch, int sequence, String type, String fields) {
    return "id: "
        + epoch
        + "-"
        + sequence
        + "\nevent: "
        + type
        + "\ndata: {\"id\":\"evt-#\",\"type\":\""
        + type
        + "\",\"run_id\":\"r1\",\"sequence\":"
        + sequence
        + ",\"timestamp\":\"#\","
        + fields
        + "}\n\n";
  }

  @Test
  void endsBehindTheLastEvent() {
    RawClient client = standing("");
    tokens(1, 2);
    complete();
    assertThat(named(rest(client))).containsExactly("token", "token", "complete");
    Await.until(
        "the stream is counted as ended well",
        () -> server.closed(Transport.SSE, CloseReason.NORMAL) == 1);
  }

  @Test
  void endsAWebSocketBehindTheLastEvent() {
    WsClient client = server.ws(EVENTS + "?from_sequence=1&token=" + server.token());
    tokens(1, 1);
    worker.settle(lease, Outcome.FAILED, "{\"code\":\"bad\",\"message\":\"m\"}");
    assertThat(client.nextEvents(3))
        .extracting(event -> Json.text(event, "type"))
        .containsExactly("started", "token", "error");
    assertThat(client.closeCode()).isEqualTo(1000);
  }

  @Test
  void tellsAllViewersWhoCancelledAndWhy() {
    RawClient viewer = standing("");
    WsClient canceller = server.ws(EVENTS + "?token=" + server.token());
    canceller.send("{\"op\":\"cancel\",\"id\":7,\"reason\":\"wrong\"}");
    assertThat(worker.await(IngestFrame.Cancel.class).reason()).isEqualTo("wrong");
    worker.settle(lease, Outcome.CANCELLED, "");
    assertThat(canceller.nextReply())
        .isEqualTo("{\"op\":\"ack\",\"id\":7,\"run\":\"r1\",\"status\":\"cancelling\"}");
    assertThat(rest(viewer))
        .contains("event: cancelling\n", "event: cancelled\n")
        .contains("\"reason\":\"wrong\",\"by\":\"ann\"");
  }

  // Where to begin.

  @ParameterizedTest
  @CsvSource({
    "from_sequence=1, 1",
    "from_sequence=3, 3",
    "starting_after=2, 3",
    "starting_after=4, 5",
    "last_event_id=2, 3",
    "starting_after=2&from_sequence=1, 3"
  })
  void beginsWhereTheClientSays(String query, int first) {
    tokens(1, 3);
    complete();
    assertThat(sequences(whole(query)))
        .containsExactlyElementsOf(Stream.iterate(first, n -> n <= 5, n -> n + 1).toList());
  }

  private static List<Integer> sequences(String stream) {
    return stream
        .lines()
        .filter(line -> line.startsWith("data: "))
        .map(line -> (int) Json.number(line.substring("data: ".length()), "sequence"))
        .toList();
  }

  @Test
  void beginsBehindLastEventIdWhateverTheQuerySays() {
    tokens(1, 3);
    String stream = whole0();
    String third =
        stream.lines().filter(line -> line.startsWith("id: ")).toList().get(2).substring(4);
    assertThat(sequences(whole("from_sequence=1", "Last-Event-ID: " + third)))
        .containsExactly(4, 5);
    assertThat(sequences(whole("from_sequence=1", "Last-Event-ID: 3"))).containsExactly(4, 5);
  }

  private String whole0() {
    complete();
    return whole("from_sequence=1");
  }

  @Test
  void isLiveOnlyWithoutASequence() {
    tokens(1, 3);
    RawClient client = standing("from_sequence=0");
    tokens(4, 4);
    complete();
    assertThat(sequences(rest(client))).containsExactly(5, 6);
  }

  @Test
  void answersARunThatHasEndedWithItsEnd() {
    tokens(1, 3);
    complete();
    assertThat(named(whole("from_sequence=0"))).containsExactly("complete");
    assertThat(named(whole(""))).containsExactly("complete");
    assertThat(named(whole("from_sequence=9"))).isEmpty();
  }

  @Test
  void keepsABrowserThatHasEverythingFromComingBack() {
    complete();
    String last = whole("").lines().findFirst().orElseThrow().substring("id: ".length());
    assertThat(open("", "Last-Event-ID: " + last).answer().status()).isEqualTo(204);
    assertThat(open("", "Last-Event-ID: 1").answerToHead().status()).isEqualTo(200);
  }

  @DisabledIfSystemProperty(
      named = "pushrod.test.backend",
      matches = "redis",
      disabledReason = "there the last event goes with the whole topic")
  @Test
  void tellsHowARunEndedWhoseLastEventIsGone() {
    restart("retention.age=1s", "retention.lifecycle_bytes=1KiB");
    String output = "{\"text\":\"" + "x".repeat(2000) + "\"}";
    worker.settle(lease, Outcome.COMPLETED, output);
    worker.await(IngestFrame.Release.class);
    Await.until(
        "the last event is trimmed",
        () -> !server.fetch("/v1/topics/run/r1/events").body().contains("run_end"));
    String stream = whole("");
    assertThat(named(stream).getLast()).isEqualTo("complete");
    assertThat(stream).contains("\"output\":" + output);
    assertThat(named(whole("from_sequence=1"))).containsExactly("started", "gap", "complete");
  }

  @Test
  void tellsWhatWasTrimmedAndStillHowTheRunEnded() {
    restart(RunningServer.retaining(3));
    tokens(1, 9);
    complete();
    server.awaitFirst("run/r1", 9);
    String stream = whole("from_sequence=1");
    assertThat(named(stream)).containsExactly("started", "gap", "token", "token", "complete");
    assertThat(stream)
        .containsPattern(
            "\"type\":\"gap\",\"run_id\":\"r1\",\"sequence\":8,.*\"reason\":\"trimmed\"");
  }

  // What is asked for.

  @Test
  void narrowsAViewersEventsToAFilter() {
    tokens(1, 1);
    emit("checkpoint", "{\"name\":\"c\"}");
    emit("custom:x", "{}");
    complete();
    assertThat(named(whole("from_sequence=1&filter=chat")))
        .containsExactly("started", "token", "complete");
    assertThat(named(whole("from_sequence=1&filter=checkpoint,custom:x")))
        .containsExactly("started", "checkpoint", "x", "complete");
    assertThat(named(whole("from_sequence=1&filter=minimal")))
        .containsExactly("started", "complete");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "from_sequence=-1", "from_sequence=x", "from_sequence=", "timeout=0", "timeout=3601",
        "timeout=x", "timeout=", "filter=none", "filter=custom:", "starting_after=x"
      })
  void refusesParametersThatCannotBe(String query) {
    RawClient.Answer answer = open(query).answer();
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.body())
        .startsWith("{\"detail\":[{\"type\":\"value_error\",\"loc\":[\"query\",\"")
        .contains(query.substring(0, query.indexOf('=')));
  }

  @Test
  void refusesACursorThatCannotBe() {
    RawClient.Answer answer = open("", "Last-Event-ID: a b").answer();
    assertThat(answer.status()).isEqualTo(422);
    assertThat(answer.body()).contains("\"loc\":[\"header\",\"last-event-id\"]");
  }

  @Test
  void endsWhenItsTimeIsOver() {
    assertThat(rest(standing("timeout=1")))
        .isEqualTo("event: timeout\ndata: {\"message\":\"Connection timeout\"}\n\n");
    WsClient client = server.ws(EVENTS + "?timeout=1&token=" + server.token());
    assertThat(client.nextEvent())
        .isEqualTo("{\"type\":\"timeout\",\"message\":\"Connection timeout\"}");
    assertThat(client.closeCode()).isEqualTo(1000);
  }

  // Who may.

  @Test
  void showsARunToWhoStartedItAndToWhoMayReadItsTopic() {
    complete();
    assertThat(status(server.token("acme", List.of(), List.of(), Duration.ofHours(1))))
        .isEqualTo(200);
    assertThat(
            status(server.token("bob", "acme", List.of("run/*"), List.of(), Duration.ofHours(1))))
        .isEqualTo(200);
  }

  private int status(String token) {
    return server
        .send(
            HttpRequest.newBuilder(server.http(EVENTS)).header("Authorization", "Bearer " + token))
        .statusCode();
  }

  @Test
  void knowsNoRunThatMayNotBeSeen() {
    String stranger = server.token("bob", "acme", List.of("x"), List.of(), Duration.ofHours(1));
    String foreign = server.token("other", List.of("*"), List.of("*"), Duration.ofHours(1));
    for (String token : List.of(stranger, foreign)) {
      RawClient client = server.raw(0);
      RawClient.Answer answer = client.get(EVENTS + "?token=" + token);
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body()).isEqualTo("{\"detail\":\"Run 'r1' not found\"}");
    }
    RawClient.Answer unknown = server.raw(0).get("/runs/r2/events?token=" + server.token());
    assertThat(unknown.status()).isEqualTo(404);
    assertThat(unknown.body()).isEqualTo("{\"detail\":\"Run 'r2' not found\"}");
  }

  @Test
  void asksForAToken() {
    RawClient.Answer answer = server.raw(0).get(EVENTS);
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.body()).contains("\"error\":\"MISSING_CREDENTIALS\"");
    WsClient client = server.ws(EVENTS + "?token=nonsense");
    assertThat(client.closeCode()).isEqualTo(CloseReason.UNAUTHENTICATED.code());
  }

  @Test
  void boundsTheViewersOfARunWithoutLosingTheOneTooMany() {
    restart("runs.viewers_per_run=2");
    RawClient last = standing("");
    standing("");
    RawClient refused = open("");
    assertThat(refused.answerToHead().status()).isEqualTo(200);
    assertThat(rest(refused))
        .matches(
            "(?s)retry: [0-9]{5}\nevent: control\n"
                + "data: \\{\"op\":\"close\",\"reason\":\"too_many_connections\".*");
    assertThat(server.limitHits("viewers_per_run")).isEqualTo(1);

    last.close();
    Await.until("a place is free", this::isRoom);
  }

  private boolean isRoom() {
    RawClient client = open("");
    client.answerToHead();
    boolean room = !chunk(client).contains("too_many");
    client.close();
    return room;
  }

  // What a WebSocket's client may say.

  @Test
  void answersPings() {
    WsClient client = server.ws(EVENTS + "?token=" + server.token());
    assertThat(client.send("{\"op\":\"ping\",\"id\":\"a\"}").nextReply())
        .isEqualTo("{\"op\":\"ack\",\"id\":\"a\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"op\":\"subscribe\",\"topic\":\"x\"} | unknown_op",
        "{\"op\":\"publish\",\"topic\":\"x\",\"type\":\"y\"} | unknown_op",
        "{} | unknown_op",
        "{\"op\":1} | bad_request",
        "[] | bad_request",
        "{ | bad_json",
        "{\"op\":\"cancel\",\"how\":\"softly\"} | bad_request",
        "{\"op\":\"cancel\",\"how\":7} | bad_request",
        "{\"op\":\"cancel\",\"reason\":7} | bad_request",
        "{\"op\":\"cancel\",\"deadline_ms\":-1} | bad_request",
        "{\"op\":\"cancel\",\"deadline_ms\":12345678901} | bad_request",
        "{\"op\":\"ping\",\"id\":[]} | bad_request"
      })
  void refusesAnythingElse(String command, String code) {
    WsClient client = server.ws(EVENTS + "?token=" + server.token());
    assertThat(client.send(command).nextReply()).contains("\"code\":\"" + code + "\"");
    assertThat(client.send("{\"op\":\"ping\"}").nextReply()).isEqualTo("{\"op\":\"ack\"}");
  }

  @Test
  void letsWhoMayOnlyReadCancelNothing() {
    String reader = server.token("bob", "acme", List.of("run/*"), List.of(), Duration.ofHours(1));
    WsClient client = server.ws(EVENTS + "?token=" + reader);
    assertThat(client.send("{\"op\":\"cancel\"}").nextReply()).contains("\"code\":\"forbidden\"");
    complete();
    assertThat(client.closeCode()).isEqualTo(1000);
  }

  // Beginnings and ends of connections.

  @Test
  void saysGoodbyeByNameOnShutdown() {
    RawClient client = standing("");
    server.stop();
    assertThat(rest(client))
        .containsPattern("retry: [0-9]+\nevent: control\ndata: \\{\"op\":\"close\",\"reason\":\"");
  }

  @Test
  void answersHeadWithTheHeadersOnly() {
    RawClient client = server.raw(0);
    client.request("HEAD", EVENTS + "?token=" + server.token());
    assertThat(client.answerToHead().header("content-type")).isEqualTo("text/event-stream");
    assertThat(client.isClosedByServer()).isTrue();
  }

  @Test
  void streamsInGzipWhereThatIsOn() {
    restart("compression.sse=true");
    String text = "word ".repeat(400);
    emit("token_chunk", "{\"text\":\"" + text + "\"}");
    complete();
    var client =
        server.sseAt(
            EVENTS + "?from_sequence=1&token=" + server.token(), "Accept-Encoding", "gzip");
    assertThat(client.response().headers().firstValue("content-encoding")).contains("gzip");
    assertThat(client.nextEvents(3))
        .extracting(event -> Json.text(event.data(), "type"))
        .containsExactly("started", "token", "complete");
    assertThat(server.count(Counter.COMPRESSED_EVENTS)).isPositive();
  }

  @Test
  void keepsHalfFinishedViewersApart() {
    RawClient viewer = standing("from_sequence=1");
    viewer.reset();
    RawClient other = standing("from_sequence=1");
    complete();
    assertThat(named(rest(other))).containsExactly("started", "complete");
  }
}
