package io.pushrod.server;

import static io.pushrod.server.support.IngestClient.event;
import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.IdField;
import io.pushrod.codec.ingest.IngestEncoder;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.IngestClient;
import io.pushrod.server.support.Json;
import io.pushrod.server.support.RunningServer;
import io.pushrod.server.support.WsClient;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// A service takes runs and messages over the ingest port.
@Tag("acceptance")
final class WorkerTest {
  @RegisterExtension
  final RunningServer server =
      new RunningServer(
          "server.event_loops=2", "limits.inbox_entries=16", "limits.event_bytes=1KiB");

  @Test
  void doesARunWhoseReadersSeeItFromStartToEnd() {
    WsClient reader = server.ws();
    reader.subscribe("run/r1", "");
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/*", 1);
      server.startRun("echo", "r1", "{\"text\":\"hi\"}");

      IngestFrame.Request request = worker.await(IngestFrame.Request.class);
      assertThat(request.kind()).isEqualTo(IngestFrame.Request.Kind.RUN);
      assertThat(request.inbox()).isEqualTo("agent/echo");
      assertThat(request.id()).isEqualTo("r1");
      assertThat(request.user()).isEqualTo("ann");
      assertThat(request.attempt()).isEqualTo(1);
      assertThat(request.topics()).containsExactly("run/r1");
      assertThat(request.ids()).containsEntry(IdField.RUN_ID, "r1");
      assertThat(request.payload()).isEqualTo("{\"text\":\"hi\"}");
      worker.send(new IngestFrame.Accept(request.lease()));
      assertThat(worker.await(IngestFrame.Grant.class).lease()).isEqualTo(request.lease());
      worker.publish(1, token("run/r1", "hi"));
      worker.settle(request.lease(), Outcome.COMPLETED, "[ 1 ]");

      assertThat(worker.await(IngestFrame.Release.class))
          .isEqualTo(new IngestFrame.Release(request.lease(), 0, ""));
    }
    List<String> events = reader.nextEvents(3);
    assertThat(events)
        .extracting(e -> Json.text(e, "type"))
        .containsExactly("run_start", "token_chunk", "run_end");
    assertThat(events).extracting(e -> Json.number(e, "seq")).containsExactly(1L, 2L, 3L);
    assertThat(events.getLast()).contains("\"output\":[1]");
  }

  @Test
  void endsARunBehindEverythingThatWasPublishedBefore() {
    int runs = 8;
    int tokens = 300;
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", runs);
      long sequence = 1;
      for (int run = 0; run < runs; run++) {
        server.startRun("echo", "r" + run, "{}");
        long lease = worker.begin();
        for (int i = 0; i < tokens; i++) {
          worker.publish(sequence++, token("run/r" + run, "t" + i));
        }
        worker.settle(lease, Outcome.COMPLETED, "");

        assertThat(worker.await(IngestFrame.Release.class).code()).isZero();
        assertThat(worker.ackedUpTo()).isEqualTo(sequence - 1);
      }
    }
    for (int run = 0; run < runs; run++) {
      String history = server.fetch("/v1/topics/run/r" + run + "/events?limit=1000").body();
      assertThat(Json.number(history, "last")).isEqualTo(tokens + 2);
      assertThat(history).contains("\"seq\":" + (tokens + 2) + ",", "\"type\":\"run_end\"");
    }
  }

  @Test
  void readsNoFurtherWhileTooMuchWaitsForAcks() {
    server.restart("limits.ingest_frame_bytes=4KiB", "limits.ingest_window_bytes=4KiB");
    String payload = "\"" + "x".repeat(1000) + "\"";
    int settles = 100;
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      ByteBuf all = Unpooled.buffer();
      byte[][] events =
          IntStream.range(0, 8).mapToObj(i -> token("thread/" + i, "x")).toArray(byte[][]::new);
      all.writeBytes(IngestClient.publishFrame(1, events));
      for (int lease = 1; lease <= settles; lease++) {
        IngestEncoder.encode(all, new IngestFrame.Settle(lease, Outcome.COMPLETED, payload));
      }
      worker.send(ByteBufUtil.getBytes(all));

      for (int lease = 1; lease <= settles; lease++) {
        assertThat(released(worker, lease).lease()).isEqualTo(lease);
      }
    }
  }

  @Test
  void rejectsWhatAZombiePublishesAndSettles() {
    WsClient viewer = server.ws();
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      long lease = worker.begin();
      viewer.send("{\"op\":\"cancel\",\"id\":1,\"run\":\"r1\",\"deadline_ms\":1}");
      worker.await(IngestFrame.Cancel.class);
      assertThat(worker.await(IngestFrame.Release.class).code())
          .isEqualTo(ErrorCode.ALREADY_ENDED.number());

      worker.publish(1, token("run/r1", "late"), token("thread/1", "fine"));
      List<IngestFrame.Reject> rejects = worker.settled(2).rejects();
      assertThat(rejects).hasSize(1);
      assertThat(rejects.getFirst().sequence()).isEqualTo(1);
      assertThat(rejects.getFirst().errorCode()).isEqualTo(ErrorCode.FENCED);
      assertThat(rejects.getFirst().message())
          .isEqualTo("topic: run/r1 (expected: a run that you hold)");
      worker.settle(lease, Outcome.COMPLETED, "1");
      assertThat(worker.await(IngestFrame.Release.class).code())
          .isEqualTo(ErrorCode.FENCED.number());
    }
    assertThat(types("run/r1")).containsExactly("run_start", "cancelling", "cancelled");
  }

  @Test
  void letsNobodyButItsWorkerPublishToARun() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1);
        IngestClient other = IngestClient.worker(server, "other", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      worker.begin();

      other.publish(1, token("run/r1", "x"));
      assertThat(other.settled(1).rejects())
          .extracting(IngestFrame.Reject::errorCode)
          .containsExactly(ErrorCode.FENCED);
      assertThat(
              server
                  .post("/v1/publish", "{\"topics\":[\"a\",\"run/r1\"],\"type\":\"note\"}")
                  .body())
          .contains("\"code\":\"fenced\"");
      WsClient reader = server.ws();
      reader.send("{\"op\":\"publish\",\"id\":1,\"topic\":\"run/r1\",\"type\":\"note\"}");
      assertThat(reader.nextReply()).contains("\"op\":\"error\"", "\"code\":\"fenced\"");
    }
    assertThat(types("run/r1")).containsExactly("run_start");
    assertThat(types("a")).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "run_start",
        "run_end",
        "error",
        "cancelled",
        "cancelling",
        "stalled",
        "heartbeat"
      })
  void letsNobodyButTheDeskSayHowARunGoes(String type) {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      worker.begin();

      worker.publish(1, event("run/r1", type, "{}"));

      assertThat(worker.settled(1).rejects())
          .extracting(IngestFrame.Reject::errorCode)
          .containsExactly(ErrorCode.FENCED);
    }
  }

  @Test
  void acknowledgesARetryWhoseRunHasEnded() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      long lease = worker.begin();
      worker.publish(1, token("run/r1", "a"));
      worker.settle(lease, Outcome.COMPLETED, "");
      worker.await(IngestFrame.Release.class);
    }
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.publish(1, token("run/r1", "a"));

      IngestClient.Settled settled = worker.settled(1);

      assertThat(settled.rejects()).isEmpty();
      assertThat(settled.sequences()).singleElement().isIn(RunningServer.repeated(2));
    }
  }

  @Test
  void keepsARunThroughABrokenConnection() {
    long lease;
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      lease = worker.begin();
      worker.publish(1, token("run/r1", "a"));
      worker.settled(1);
    }
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.send(new IngestFrame.Renew(List.of(lease)));
      worker.publish(2, token("run/r1", "b"));
      worker.settle(lease, Outcome.COMPLETED, "");

      assertThat(worker.await(IngestFrame.Release.class).code()).isZero();
    }
    assertThat(types("run/r1"))
        .containsExactly("run_start", "token_chunk", "token_chunk", "run_end");
  }

  @Test
  void asksAnotherWorkerWhenOneRefusesOrIsGone() {
    try (IngestClient one = IngestClient.worker(server, "one", 1)) {
      one.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      long lease = one.await(IngestFrame.Request.class).lease();
      try (IngestClient two = IngestClient.worker(server, "two", 1)) {
        two.consume("*", 1);
        one.consume("agent/echo", 0);
        one.send(new IngestFrame.Refuse(lease, true, "too busy"));
        assertThat(one.await(IngestFrame.Release.class).lease()).isEqualTo(lease);

        assertThat(two.await(IngestFrame.Request.class).attempt()).isEqualTo(2);
      }
      one.consume("agent/echo", 1);

      assertThat(one.await(IngestFrame.Request.class).attempt()).isEqualTo(3);
    }
  }

  @Test
  void failsARunThatAWorkerRefusesForAll() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      long lease = worker.await(IngestFrame.Request.class).lease();
      worker.send(new IngestFrame.Refuse(lease, false, "no".repeat(1000)));
      worker.await(IngestFrame.Release.class);
    }
    String events = server.fetch("/v1/topics/run/r1/events").body();
    assertThat(events).contains("\"code\":\"refused\",\"message\":\"" + "no".repeat(512) + "\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":      | bad_json",
        "1 2          | bad_json",
      })
  void failsARunWhoseOutputIsNotJson(String payload, String code) {
    assertThat(outcomeOf(payload)).contains("\"type\":\"error\"", "\"code\":\"" + code + "\"");
  }

  @Test
  void failsARunWhoseOutputIsTooLarge() {
    assertThat(outcomeOf("\"" + "x".repeat(1023) + "\""))
        .contains("\"code\":\"too_large\"", "payload: 1025 bytes (expected: <= 1024)");
    assertThat(server.count(Counter.LIMIT_EVENT_BYTES)).isOne();
  }

  private String outcomeOf(String payload) {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 1);
      server.startRun("echo", "r1", "{}");
      worker.settle(worker.begin(), Outcome.COMPLETED, payload);
      worker.await(IngestFrame.Release.class);
    }
    return server.fetch("/v1/topics/run/r1/events").body();
  }

  @Test
  void offersNoMoreThanTheCredit() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", 2);
      for (int i = 0; i < 3; i++) {
        server.startRun("echo", "r" + i, "{}");
      }
      long first = worker.await(IngestFrame.Request.class).lease();
      worker.await(IngestFrame.Request.class);
      worker.send(new IngestFrame.Ping(7));
      worker.await(IngestFrame.Pong.class);
      worker.settle(first, Outcome.COMPLETED, "");
      worker.await(IngestFrame.Release.class);

      assertThat(worker.await(IngestFrame.Request.class).id()).isEqualTo("r2");
    }
  }

  @Test
  void holdsRequestsBackFromAWorkerThatDoesNotRead() {
    int runs = 100;
    String input = "{\"text\":\"" + "x".repeat(100_000) + "\"}";
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume("agent/echo", runs);
      for (int i = 0; i < runs; i++) {
        server.startRun("echo", "r" + i, input);
      }

      assertThat(IntStream.range(0, runs).mapToObj(_ -> worker.await(IngestFrame.Request.class)))
          .extracting(IngestFrame.Request::id)
          .containsExactlyElementsOf(IntStream.range(0, runs).mapToObj(i -> "r" + i).toList());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent/echo", "agent/*", "*"})
  void letsNobodyTakeInboxesThatTheyDoNotOwn(String pattern) {
    try (IngestClient worker = new IngestClient(server.server().ingestPort())) {
      worker.hello("w", 1, server.workerToken(List.of("*"), List.of("agent/other", "thread/*")));
      worker.welcome();
      worker.consume("agent/other", 1);
      worker.consume("thread/x/*", 1);
      worker.consume(pattern, 1);

      IngestFrame.Goaway goaway = worker.goaway();

      assertThat(goaway.code()).isEqualTo(4501);
      assertThat(goaway.message())
          .isEqualTo("pattern: " + pattern + " (expected: inboxes that the token owns)");
    }
    assertThat(server.count(Counter.AUTH_GRANT)).isOne();
  }

  @Test
  void letsNobodyWithoutAnInboxSpeakAsAWorker() {
    try (IngestClient client = IngestClient.ready(server, "p", 1)) {
      client.send(new IngestFrame.Renew(List.of(1L)));

      assertThat(client.goaway().code()).isEqualTo(4501);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"agent*", "a b", "agent/**", "é"})
  void refusesWhatIsNoPattern(String pattern) {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.consume(pattern, 1);

      assertThat(worker.goaway().code()).isEqualTo(1002);
    }
  }

  @Test
  void refusesMorePatternsThanAConnectionMayHave() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      for (int i = 0; i < 100; i++) {
        worker.consume("agent/a" + i % 64, 1);
      }
      worker.consume("agent/a0", 0);
      worker.send(new IngestFrame.Ping(1));
      worker.await(IngestFrame.Pong.class);

      worker.consume("agent/c", 1);

      assertThat(worker.goaway().message()).isEqualTo("patterns: 65 (expected: <= 64)");
    }
    assertThat(server.limitHits("consume_patterns")).isOne();
  }

  /// The next release but of the lease before: a desk that is at another place, or has moved, is
  /// told of a lease by its renewal too, and answers both.
  private static IngestFrame.Release released(IngestClient worker, long lease) {
    IngestFrame.Release release = worker.await(IngestFrame.Release.class);
    return release.lease() == lease - 1 ? worker.await(IngestFrame.Release.class) : release;
  }

  @Test
  void answersALeaseThatIsNobodysByItsRelease() {
    try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
      worker.send(new IngestFrame.Accept(1));
      worker.send(new IngestFrame.Refuse(2, true, ""));
      worker.settle(3, Outcome.COMPLETED, "");
      worker.send(new IngestFrame.CancelAck(4));
      worker.send(new IngestFrame.Renew(List.of(5L, 6L)));

      for (long lease = 1; lease <= 6; lease++) {
        IngestFrame.Release release = released(worker, lease);
        assertThat(release.lease()).isEqualTo(lease);
        assertThat(release.code()).isEqualTo(ErrorCode.FENCED.number());
      }
    }
  }

  @Test
  void offersNothingMoreToAWorkerThatIsReplaced() {
    try (IngestClient old = IngestClient.worker(server, "w", 1)) {
      old.consume("agent/echo", 1);
      try (IngestClient worker = IngestClient.worker(server, "w", 1)) {
        assertThat(old.goaway().code()).isEqualTo(4005);
        worker.consume("agent/echo", 1);
        server.startRun("echo", "r1", "{}");

        assertThat(worker.await(IngestFrame.Request.class).attempt()).isEqualTo(1);
      }
    }
  }

  private List<String> types(String topic) {
    return server
        .fetch("/v1/topics/" + topic + "/events")
        .body()
        .lines()
        .flatMap(page -> List.of(page.split("\"type\":\"")).stream().skip(1))
        .map(rest -> rest.substring(0, rest.indexOf('"')))
        .toList();
  }

  private static byte[] token(String topic, String text) {
    return event(topic, "token_chunk", "{\"text\":\"" + text + "\"}");
  }

  /// Two of them, so that one is not on the desk's own loop, which stands still meanwhile.
  @Test
  void hearsEverythingOfWorkersThatSayMoreThanTheDeskHasTimeFor() {
    int said = 40_000;
    server.startRun("nobody", "r1", "{}");
    CountDownLatch held = new CountDownLatch(1);
    try (IngestClient first = IngestClient.worker(server, "first", 1);
        IngestClient second = IngestClient.worker(server, "second", 1)) {
      server.server().desks().list("acme", _ -> passed(held), 1, _ -> {});
      for (int lease = 1; lease <= said; lease++) {
        first.send(new IngestFrame.Accept(lease));
        second.send(new IngestFrame.Accept(lease));
      }
      server.awaitCount(Counter.INGEST_FRAMES, 16 * 1024);
      held.countDown();
      for (int lease = 1; lease <= said; lease++) {
        assertThat(first.await(IngestFrame.Release.class).lease()).isEqualTo(lease);
        assertThat(second.await(IngestFrame.Release.class).lease()).isEqualTo(lease);
      }
    }
  }

  private static boolean passed(CountDownLatch latch) {
    try {
      return latch.await(30, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }
}
