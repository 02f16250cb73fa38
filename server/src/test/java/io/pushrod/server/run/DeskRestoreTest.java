package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.dialect.DockrionFilter;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.DeskFixture.Worker;
import io.pushrod.server.run.RunAnswer.Done;
import io.pushrod.server.run.RunAnswer.Refused;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Desks whose server goes away without a word.
final class DeskRestoreTest {
  private static final CancelOrder CANCEL = new CancelOrder(How.AFTER_NODE, 8_000, "bob", "enough");

  private DeskFixture fixture = DeskFixture.onDisk(DeskFixture.SETTINGS);
  private final List<DeskFixture> all = new ArrayList<>(List.of(fixture));

  @AfterEach
  void close() {
    all.forEach(DeskFixture::close);
  }

  private void restart() {
    restart(2_000);
  }

  private void restart(long wallMillisLater) {
    fixture = fixture.restarted(wallMillisLater);
    all.add(fixture);
  }

  private void send(String inbox, String id, List<Refused> answers) {
    fixture.desks.send(
        DeskFixture.user("acme", "ann"),
        new Request(Kind.MESSAGE, inbox, id, "ann", List.of(inbox), Map.of(), "{}"),
        refused -> {
          if (refused != null) {
            answers.add(refused);
          }
        });
    fixture.run();
  }

  private long begin(Worker worker, String id) {
    fixture.started(id);
    return worker.accepts().lease();
  }

  private RunAnswer cancel(String id) {
    List<RunAnswer> answers = new ArrayList<>();
    fixture.desks.cancel("acme", id, CANCEL, answers::add);
    fixture.run();
    return answers.getFirst();
  }

  @Test
  void answersAStartOnceItIsStored() {
    fixture.state.holds = true;
    List<RunAnswer> answers = new ArrayList<>();
    RunStart start =
        new RunStart(
            DeskFixture.user("acme", "ann"), "echo", "r1", "k1", List.of(), "", false, "{}");
    fixture.desks.start(start, answers::add);
    fixture.desks.start(start, answers::add);
    fixture.run();
    assertThat(answers).isEmpty();

    fixture.state.write();
    fixture.run();
    assertThat(answers).extracting(each -> ((Done) each).fresh()).containsExactly(true, false);
  }

  @Test
  void grantsOnceItIsStored() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    fixture.started("r1");
    fixture.state.holds = true;
    worker.accepts();
    assertThat(worker.told).isEmpty();

    fixture.state.write();
    fixture.run();
    assertThat(worker.told).containsExactly("grant");
  }

  @Test
  void confirmsACancelOnceItIsStored() {
    begin(fixture.worker("w1").consumes("agent/*", 4), "r1");
    fixture.state.holds = true;
    List<RunAnswer> answers = new ArrayList<>();
    fixture.desks.cancel("acme", "r1", CANCEL, answers::add);
    fixture.run();
    assertThat(answers).isEmpty();

    fixture.state.write();
    fixture.run();
    assertThat(answers).hasSize(1);
  }

  @Test
  void writesTheEndOnceItIsStoredHowItEnded() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    long lease = begin(worker, "r1");
    fixture.state.holds = true;
    worker.seat.settle(lease, Outcome.COMPLETED, "7");
    fixture.run();
    assertThat(fixture.events("run/r1")).hasSize(1);
    assertThat(worker.told).containsExactly("grant");
  }

  @Test
  void forgetsWhatWasOnItsWayWhenTheDeskIsTakenDown() {
    begin(fixture.worker("w1").consumes("agent/*", 4), "r1");
    fixture.state.holds = true;
    List<RunAnswer> answers = new ArrayList<>();
    fixture.desks.cancel("acme", "r1", CANCEL, answers::add);
    fixture.run();

    fixture.desks.desk("acme").abandon();
    fixture.state.write();
    fixture.run();
    assertThat(answers).isEmpty();
    assertThat(fixture.count(Counter.INTERNAL_ERRORS)).isZero();
  }

  @Test
  void confirmsAMessageOnceItIsStored() {
    fixture.state.holds = true;
    List<String> answers = new ArrayList<>();
    fixture.desks.send(
        DeskFixture.user("acme", "ann"),
        new Request(Kind.MESSAGE, "thread/1", "m1", "ann", List.of("thread/1"), Map.of(), "{}"),
        _ -> answers.add("ok"));
    fixture.run();
    assertThat(answers).isEmpty();

    fixture.state.write();
    fixture.run();
    assertThat(answers).containsExactly("ok");
  }

  @Test
  void refusesWhatCannotBeStored() {
    fixture.state.obstacle = "disk is full";
    assertThat(((Refused) fixture.start("ann", "r1")).code()).isEqualTo(ErrorCode.UNAVAILABLE);
    List<Refused> refused = new ArrayList<>();
    send("thread/1", "m1", refused);
    assertThat(refused).extracting(Refused::code).containsExactly(ErrorCode.UNAVAILABLE);
  }

  @Test
  void bringsBackWhatWaitsInItsOrder() {
    for (int i = 0; i < 12; i++) {
      fixture.started("r" + i);
      send("thread/1", "m" + i, new ArrayList<>());
    }
    restart();

    Worker worker = fixture.worker("w1").consumes("*", 100);

    assertThat(worker.offers)
        .filteredOn(offer -> offer.request().kind() == Kind.RUN)
        .extracting(offer -> offer.request().id())
        .containsExactly("r0", "r1", "r2", "r3", "r4", "r5", "r6", "r7", "r8", "r9", "r10", "r11");
    assertThat(worker.offers)
        .filteredOn(offer -> offer.request().kind() == Kind.MESSAGE)
        .extracting(offer -> offer.request().id())
        .containsExactly("m0", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9", "m10", "m11");
    assertThat(worker.offered().request().payload()).isEqualTo("{\"a\":1}");
  }

  @Test
  void takesTheEventsOfARunsWorkerBeforeItsLogIsAsked() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    begin(worker, "r1");
    fixture = fixture.restarting("r1");
    all.add(fixture);
    TopicKey topic = new TopicKey("acme", "run/r1");
    assertThat(fixture.desks.judge(topic, worker.producer, "note")).isNull();
    assertThat(fixture.desks.judge(topic, new Producer("w2", 1), "note"))
        .isEqualTo(ErrorCode.FENCED);
    fixture.restore();
    assertThat(fixture.desks.judge(topic, worker.producer, "note")).isNull();
  }

  @Test
  void offersAgainWhatWasOfferedAndNotTaken() {
    Worker before = fixture.worker("w1").consumes("*", 4);
    fixture.started("r1");
    send("thread/1", "m1", new ArrayList<>());
    assertThat(before.offers).hasSize(2);
    restart();

    Worker worker = fixture.worker("w1").consumes("*", 4);

    assertThat(worker.offers)
        .extracting(offer -> offer.request().id())
        .containsExactlyInAnyOrder("r1", "m1");
  }

  @Test
  void forgetsAMessageThatWasTaken() {
    Worker before = fixture.worker("w1").consumes("*", 4);
    send("thread/1", "m1", new ArrayList<>());
    before.seat.settle(before.offered().lease(), Outcome.COMPLETED, "");
    fixture.run();
    restart();

    assertThat(fixture.worker("w1").consumes("*", 4).offers).isEmpty();
  }

  @Test
  void letsAWorkerThatComesBackGoOnUnderItsLease() {
    Worker before = fixture.worker("w1").consumes("agent/*", 4);
    long lease = begin(before, "r1");
    fixture.publish(before.producer, 1, "token_chunk", "run/r1");
    restart();
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.RUNNING);

    fixture.pass(14_000);
    Worker back = fixture.worker("w1");
    back.seat.renew(List.of(lease));
    fixture.pass(10_000);
    assertThat(fixture.desks.judge(topic("r1"), back.producer, "token_chunk")).isNull();
    assertThat(fixture.publish(back.producer, 2, "token_chunk", "run/r1")).doesNotContain(0L);
    back.seat.settle(lease, Outcome.COMPLETED, "{\"b\":2}");
    fixture.run();

    assertThat(back.told).containsExactly("release null");
    assertThat(fixture.events("run/r1"))
        .extracting(event -> event.substring(0, event.indexOf(' ')))
        .filteredOn(type -> !type.equals("heartbeat") && !type.equals("stalled"))
        .containsExactly("run_start", "token_chunk", "token_chunk", "run_end");
    assertThat(fixture.view("r1").lastSequence()).isEqualTo(fixture.events("run/r1").size());
  }

  private static TopicKey topic(String id) {
    return new TopicKey("acme", "run/" + id);
  }

  @Test
  void fencesAnotherWorkerThanTheOneThatHadIt() {
    long lease = begin(fixture.worker("w1").consumes("agent/*", 4), "r1");
    restart();

    Worker other = fixture.worker("w2").consumes("agent/*", 4);
    other.seat.renew(List.of(lease));
    fixture.run();

    assertThat(other.offers).isEmpty();
    assertThat(other.told).containsExactly("release FENCED");
    assertThat(fixture.desks.judge(topic("r1"), other.producer, "token_chunk"))
        .isEqualTo(ErrorCode.FENCED);
  }

  @Test
  void endsARunWhoseWorkerDoesNotComeBackOneLeaseAfterTheRestart() {
    begin(fixture.worker("w1").consumes("agent/*", 4), "r1");
    restart(600_000);

    fixture.pass(14_000);
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.RUNNING);
    fixture.pass(2_000);
    assertThat(fixture.errorCode("r1")).isEqualTo("producer_lost");
    assertThat(fixture.events("run/r1")).last().asString().startsWith("error ");
    assertThat(fixture.events("thread/42")).last().asString().startsWith("error ");
  }

  @Test
  void goesOnCancellingWithTheSameDeadline() {
    Worker before = fixture.worker("w1").consumes("agent/*", 4);
    long lease = begin(before, "r1");
    cancel("r1");
    fixture.pass(3_000);
    restart(2_000);
    assertThat(fixture.view("r1").cancelling()).isTrue();

    Worker back = fixture.worker("w1");
    back.seat.renew(List.of(lease));
    fixture.run();
    assertThat(back.told).containsExactly("cancel AFTER_NODE bob enough");
    fixture.pass(2_500);
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.RUNNING);
    fixture.pass(700);
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.CANCELLED);
  }

  @Test
  void endsADirectRunWhoseConnectionIsGone() {
    Worker before = fixture.worker("w1").consumes("agent/*", 4);
    fixture.start("ann", "r1", null, true);
    before.accepts();
    fixture.start("ann", "r2", null, true);
    restart();

    assertThat(fixture.view("r1").cancelling()).isTrue();
    assertThat(fixture.view("r2").status()).isEqualTo(RunStatus.CANCELLED);
  }

  @Test
  void remembersWhatEndedWithoutReadingItAtTheStart() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    for (int i = 1; i <= 3; i++) {
      worker.seat.settle(begin(worker, "r" + i), Outcome.COMPLETED, "{\"n\":" + i + "}");
      fixture.pass(100);
    }
    RunView before = fixture.view("r2");
    restart();
    fixture.desks.close();

    assertThat(fixture.view("r2")).isEqualTo(before);
    assertThat(((Refused) cancel("r2")).code()).isEqualTo(ErrorCode.ALREADY_ENDED);
    assertThat(((Refused) fixture.start("ann", "r2")).code()).isEqualTo(ErrorCode.BAD_ID);
    List<List<RunView>> lists = new ArrayList<>();
    fixture.desks.list("acme", _ -> true, 2, lists::add);
    fixture.run();
    assertThat(lists.getFirst()).extracting(RunView::id).containsExactly("r3", "r2");
  }

  @Test
  void forgetsWhatEndedWhenItsTimeIsOver() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    worker.seat.settle(begin(worker, "r1"), Outcome.COMPLETED, "");
    fixture.pass(TimeUnit.MINUTES.toMillis(50));
    worker.seat.settle(begin(worker, "r2"), Outcome.COMPLETED, "");
    fixture.run();
    restart();
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.COMPLETED);
    fixture.desks.close();

    fixture.pass(TimeUnit.MINUTES.toMillis(11));
    assertThat(fixture.desks.find("acme", "r1")).isNull();
    assertThat(fixture.view("r2").status()).isEqualTo(RunStatus.COMPLETED);
    fixture.pass(TimeUnit.MINUTES.toMillis(50));
    assertThat(fixture.desks.find("acme", "r2")).isNull();
    assertThat(fixture.state.count("run-ended")).isZero();
    assertThat(fixture.state.count("run-open")).isLessThanOrEqualTo(1);
  }

  @Test
  void knowsIdempotencyKeysOfWhatGoesOnAndOfWhatEnded() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 1);
    String ended = ((Done) fixture.start("ann", null, "k1", false)).run().id();
    worker.seat.settle(worker.accepts().lease(), Outcome.COMPLETED, "");
    fixture.run();
    String running = ((Done) fixture.start("ann", null, "k2", false)).run().id();
    restart();

    assertThat(fixture.start("ann", null, "k1", false))
        .isEqualTo(new Done(fixture.view(ended), false));
    assertThat(fixture.start("ann", null, "k2", false))
        .isEqualTo(new Done(fixture.view(running), false));
    assertThat(((Done) fixture.start("bob", null, "k1", false)).fresh()).isTrue();
  }

  @Test
  void keepsDroppingWhatRunsDoNotEmit() {
    fixture.close();
    RunSettings of = RunSettings.DEFAULT;
    fixture =
        DeskFixture.onDisk(
            new RunSettings(
                DockrionFilter.preset("minimal"),
                of.heartbeatMillis(),
                of.maxRunMillis(),
                of.idleMillis(),
                of.nodeMillis(),
                of.leaseMillis(),
                of.offerMillis(),
                of.attempts(),
                of.cancelMillis(),
                of.retentionMillis(),
                of.retained(),
                of.activePerTenant(),
                of.activePerUser(),
                of.startsPerSecond(),
                of.inputBytes(),
                of.queuedRequests(),
                of.queuedBytes(),
                of.queueMillis(),
                of.viewersPerRun()));
    all.set(0, fixture);
    Worker before = fixture.worker("w1").consumes("agent/*", 4);
    begin(before, "r1");
    restart();

    assertThat(fixture.publish(before.producer, 1, "token_chunk", "run/r1")).containsExactly(0L);
  }

  // What was written to one place only.

  @Test
  void writesAnEndThatWasStoredAndIsNotInTheLog() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    long lease = begin(worker, "r1");
    fixture.state.holds = true;
    worker.seat.settle(lease, Outcome.COMPLETED, "7");
    fixture.run();
    fixture.state.write();
    restart();

    assertThat(fixture.view("r1").output()).isEqualTo("7");
    assertThat(fixture.events("run/r1")).hasSize(2).last().asString().startsWith("run_end ");
  }

  @Test
  void takesAnEndFromTheLogThatIsNotStored() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    long completed = begin(worker, "r1");
    long failed = begin(worker, "r2");
    Map<String, Map<String, byte[]>> before = fixture.state.copy();
    worker.seat.settle(completed, Outcome.COMPLETED, "{\"x\":\"y\"}");
    worker.seat.settle(
        failed, Outcome.FAILED, "{\"code\":\"E1\",\"message\":\"no\",\"retryable\":true}");
    fixture.run();
    RunView first = fixture.view("r1");
    RunView second = fixture.view("r2");
    fixture.state.goBackTo(before);
    restart(0);

    assertThat(fixture.view("r1")).isEqualTo(first);
    assertThat(fixture.view("r2")).isEqualTo(second);
    assertThat(fixture.events("run/r1")).hasSize(2);
    Worker back = fixture.worker("w1");
    back.seat.renew(List.of(completed));
    fixture.run();
    assertThat(back.told).containsExactly("release FENCED");
  }

  @Test
  void tellsABeginOnce() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    fixture.started("r1");
    Map<String, Map<String, byte[]>> before = fixture.state.copy();
    worker.accepts();
    fixture.state.goBackTo(before);
    restart();

    assertThat(fixture.worker("w2").consumes("agent/*", 4).offers).isEmpty();
    assertThat(fixture.errorCode("r1")).isEqualTo("producer_lost");
    assertThat(fixture.events("run/r1")).hasSize(2);
  }

  // Clocks.

  @Test
  void endsNothingWhenTheWallClockJumps() {
    for (long jump : new long[] {TimeUnit.DAYS.toMillis(400), -TimeUnit.DAYS.toMillis(800)}) {
      String id = "r" + Math.abs(jump);
      Worker before = fixture.worker("w1").consumes("agent/*", 4);
      long lease = begin(before, id);
      restart(jump);
      Worker back = fixture.worker("w1");
      back.seat.renew(List.of(lease));
      fixture.pass(1_000);
      assertThat(fixture.view(id).status()).isEqualTo(RunStatus.RUNNING);
      back.seat.settle(lease, Outcome.COMPLETED, "");
      fixture.run();
      restart(jump);
      assertThat(fixture.view(id).status()).isEqualTo(RunStatus.COMPLETED);
    }
  }

  @Test
  void countsTheTimeBeforeTheRestart() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    long lease = begin(worker, "r1");
    for (int i = 0; i < 59 * 6; i++) {
      fixture.pass(10_000);
      worker.seat.renew(List.of(lease));
    }
    restart(10_000);
    Worker back = fixture.worker("w1");
    for (int i = 0; i < 6; i++) {
      back.seat.renew(List.of(lease));
      fixture.pass(10_000);
    }

    assertThat(fixture.errorCode("r1")).isEqualTo("timeout");
  }

  private @Nullable Throwable startOnARecordOfVersion(int version) {
    fixture.started("r1");
    Map<String, Map<String, byte[]>> records = fixture.state.copy();
    records.forEach(
        (space, of) -> {
          if (space.startsWith("run-open")) {
            of.values().forEach(record -> record[0] = (byte) version);
          }
        });
    fixture.state.goBackTo(records);
    try {
      restart();
      return null;
    } catch (RuntimeException e) {
      return e.getCause();
    }
  }

  @Test
  void refusesTheRecordsOfALaterVersion() {
    assertThat(startOnARecordOfVersion(2))
        .hasMessage("tenant acme, r/r1: record: of version 2 (expected: 1, or a newer server)");
  }
}
