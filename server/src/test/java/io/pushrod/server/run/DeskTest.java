package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Request.Kind;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.run.DeskFixture.Worker;
import io.pushrod.server.run.RunAnswer.Refused;
import io.pushrod.server.session.EventFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class DeskTest {
  private static final CancelOrder CANCEL = new CancelOrder(How.NOW, 0, "bob", "enough");
  private static final long FENCED = Appended.failed(ErrorCode.FENCED);

  private DeskFixture fixture = new DeskFixture(DeskFixture.SETTINGS);

  @AfterEach
  void close() {
    fixture.close();
  }

  private void settings(
      EventFilter emitted, int perTenant, int perUser, int requests, long bytes, int retained) {
    fixture.close();
    RunSettings of = RunSettings.DEFAULT;
    fixture =
        new DeskFixture(
            new RunSettings(
                emitted,
                of.heartbeatMillis(),
                of.maxRunMillis(),
                of.idleMillis(),
                of.nodeMillis(),
                of.leaseMillis(),
                of.offerMillis(),
                of.attempts(),
                of.cancelMillis(),
                of.retentionMillis(),
                retained,
                perTenant,
                perUser,
                of.startsPerSecond(),
                of.inputBytes(),
                requests,
                bytes,
                of.queueMillis(),
                of.viewersPerRun()));
  }

  private RunAnswer cancel(String run) {
    List<RunAnswer> answers = new ArrayList<>();
    fixture.desks.cancel("acme", run, CANCEL, answers::add);
    fixture.run();
    return answers.getFirst();
  }

  private static ErrorCode code(RunAnswer answer) {
    return ((Refused) answer).code();
  }

  @Test
  void bringsARunFromItsStartToItsEnd() {
    Worker worker = fixture.worker("w1").consumes("agent/*", 4);
    fixture.started("r1");
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.ACCEPTED);

    Offer offer = worker.accepts();
    assertThat(offer.request().payload()).isEqualTo("{\"a\":1}");
    assertThat(offer.request().topics()).containsExactly("run/r1", "thread/42");
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.RUNNING);
    assertThat(fixture.publish(worker.producer, 1, "token_chunk", "run/r1", "thread/42"))
        .containsExactly(2L, 2L);
    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "{ \"b\" : 2 }");
    fixture.run();

    assertThat(fixture.events("run/r1"))
        .containsExactly(
            "run_start {\"agent\":\"echo\",\"user\":\"ann\"}",
            "token_chunk {}",
            "run_end {\"output\":{\"b\":2},\"duration_ms\":0,\"agent\":\"echo\"}");
    assertThat(fixture.events("thread/42")).hasSize(3);
    assertThat(worker.told).containsExactly("grant", "release null");
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.COMPLETED);
    assertThat(fixture.view("r1").lastSequence()).isEqualTo(3);
  }

  @Test
  void waitsForAWorker() {
    fixture.started("r1");

    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);

    assertThat(worker.offered().request().id()).isEqualTo("r1");
  }

  @Test
  void endsARunThatNoWorkerTakes() {
    fixture.started("r1");

    fixture.pass(30_000);

    assertThat(fixture.errorCode("r1")).isEqualTo("no_worker");
    assertThat(fixture.events("run/r1")).hasSize(1).first().asString().startsWith("error ");
  }

  @Test
  void refusesWhatTheQueueHasNoRoomFor() {
    settings(EventFilter.ALL, 10, 10, 2, 1_000, 10);
    fixture.started("r1");
    fixture.started("r2");

    Refused refused = (Refused) fixture.start("ann", "r3");

    assertThat(refused.code()).isEqualTo(ErrorCode.NO_WORKER);
    assertThat(refused.retryAfterMillis()).isPositive();
    assertThat(fixture.count(Counter.LIMIT_QUEUE_REQUESTS)).isEqualTo(1);
    assertThat(fixture.desks.find("acme", "r3")).isNull();
  }

  @Test
  void refusesMoreBytesThanTheQueueMayHold() {
    settings(EventFilter.ALL, 10, 10, 10, 10, 10);
    fixture.started("r1");

    assertThat(code(fixture.start("ann", "r2"))).isEqualTo(ErrorCode.NO_WORKER);
    assertThat(fixture.count(Counter.LIMIT_QUEUE_BYTES)).isEqualTo(1);
  }

  @Test
  void sharesByCredit() {
    Worker first = fixture.worker("w1").consumes("agent/echo", 2);
    Worker second = fixture.worker("w2").consumes("agent/*", 2);
    for (int i = 1; i <= 5; i++) {
      fixture.started("r" + i);
    }
    assertThat(first.offers).hasSize(2);
    assertThat(second.offers).hasSize(2);

    first.seat.settle(first.accepts().lease(), Outcome.COMPLETED, "");
    fixture.run();

    assertThat(first.offers).extracting(o -> o.request().id()).contains("r5");
  }

  @Test
  void givesEveryInboxItsTurn() {
    for (int i = 0; i < 3; i++) {
      send("thread/1", "a" + i);
    }
    send("thread/2", "b");

    Worker worker = fixture.worker("w1").consumes("thread/*", 2);

    assertThat(worker.offers).extracting(o -> o.request().id()).containsExactly("a0", "b");
  }

  @Test
  void offersToAnotherWhatWasNotAccepted() {
    Worker first = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    Worker second = fixture.worker("w2").consumes("agent/echo", 1);

    first.seat.close();
    fixture.run();

    assertThat(second.offered().attempt()).isEqualTo(2);
  }

  @Test
  void offersNothingThatWasAcceptedToAnother() {
    Worker first = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    first.accepts();
    Worker second = fixture.worker("w2").consumes("agent/echo", 1);

    first.seat.close();
    fixture.pass(20_000);

    assertThat(second.offers).isEmpty();
    assertThat(fixture.errorCode("r1")).isEqualTo("producer_lost");
  }

  @Test
  void tellsThatAWorkerIsSilentBeforeItIsLost() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    worker.accepts();
    worker.seat.close();

    fixture.pass(DeskFixture.SETTINGS.leaseMillis() + 200);

    List<String> events = fixture.events("run/r1");
    assertThat(events).extracting(e -> e.substring(0, e.indexOf(' '))).contains("stalled");
    assertThat(events.getLast()).contains("\"code\":\"producer_lost\"", "\"retryable\":true");
  }

  @Test
  void letsAWorkerComeBackWithinItsLease() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    long lease = worker.accepts().lease();
    worker.seat.close();
    fixture.pass(10_000);

    Worker back = fixture.worker("w1").consumes("agent/echo", 1);
    back.seat.renew(List.of(lease));
    fixture.pass(10_000);
    assertThat(back.offers).isEmpty();
    back.seat.settle(lease, Outcome.COMPLETED, "1");
    fixture.run();

    assertThat(fixture.view("r1").output()).isEqualTo("1");
    assertThat(back.told).containsExactly("release null");
  }

  @Test
  void fencesAWorkerThatComesBackTooLate() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    long lease = worker.accepts().lease();
    worker.seat.close();
    fixture.pass(20_000);

    Worker zombie = fixture.worker("w1").consumes("agent/echo", 1);
    zombie.seat.renew(List.of(lease));
    zombie.seat.settle(lease, Outcome.COMPLETED, "1");
    fixture.run();

    assertThat(zombie.told).containsExactly("release FENCED", "release FENCED");
    assertThat(judge("run/r1", zombie.producer, "token_chunk")).isEqualTo(ErrorCode.FENCED);
    assertThat(fixture.publish(zombie.producer, 9, "token_chunk", "run/r1"))
        .containsExactly(FENCED);
    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.FAILED);
    assertThat(fixture.count(Counter.LEASES_FENCED)).isEqualTo(2);
  }

  @Test
  void fencesARestartedWorker() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    long lease = worker.accepts().lease();

    Worker restarted = fixture.new Worker(new Producer("w1", 2));
    restarted.seat.renew(List.of(lease));
    fixture.run();

    assertThat(restarted.told).containsExactly("release FENCED");
  }

  @Test
  void tellsAWorkerThatSaysTooMuchToWait() {
    Worker worker = fixture.worker("w1");
    for (int i = 0; i < 16 * 1024; i++) {
      assertThat(worker.seat.isFull()).isFalse();
      worker.seat.accept(i);
    }
    assertThat(worker.seat.isFull()).isTrue();

    fixture.run();

    assertThat(worker.seat.isFull()).isFalse();
    assertThat(worker.told).containsOnlyOnce("heard");
  }

  @Test
  void countsWhatPayloadsHold() {
    Worker worker = fixture.worker("w1");
    worker.seat.settle(1, Outcome.COMPLETED, "x".repeat(1 << 20));

    assertThat(worker.seat.isFull()).isTrue();
  }

  private @Nullable ErrorCode judge(String topic, @Nullable Producer who, String type) {
    return fixture.desks.judge(new TopicKey("acme", topic), who, type);
  }

  @Test
  void letsOnlyTheHolderPublish() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    assertThat(judge("run/r1", worker.producer, "token_chunk")).isEqualTo(ErrorCode.FENCED);
    worker.accepts();

    assertThat(judge("run/r1", worker.producer, "token_chunk")).isNull();
    assertThat(judge("run/r1", worker.producer, "run_end")).isEqualTo(ErrorCode.FENCED);
    assertThat(judge("run/r1", new Producer("w2", 1), "token_chunk")).isEqualTo(ErrorCode.FENCED);
    assertThat(judge("run/r1", null, "token_chunk")).isEqualTo(ErrorCode.FENCED);
    assertThat(judge("run/other", null, "token_chunk")).isNull();
  }

  @Test
  void cancelsARunThatWaits() {
    fixture.started("r1");

    RunAnswer answer = cancel("r1");

    assertThat(((RunAnswer.Done) answer).run().status()).isEqualTo(RunStatus.CANCELLED);
    assertThat(fixture.events("run/r1"))
        .containsExactly("cancelled {\"by\":\"bob\",\"reason\":\"enough\",\"duration_ms\":0}");
    assertThat(fixture.worker("w1").consumes("agent/echo", 1).offers).isEmpty();
  }

  @Test
  void cancelsARunThatIsDone() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    Offer offer = worker.accepts();

    RunView during = ((RunAnswer.Done) cancel("r1")).run();
    assertThat(during.cancelling()).isTrue();
    assertThat(during.status()).isEqualTo(RunStatus.RUNNING);
    assertThat(worker.told).contains("cancel NOW bob enough");
    cancel("r1");
    worker.seat.settle(offer.lease(), Outcome.CANCELLED, "");
    fixture.run();

    assertThat(fixture.events("run/r1"))
        .extracting(e -> e.substring(0, e.indexOf(' ')))
        .containsExactly("run_start", "cancelling", "cancelled");
    assertThat(code(cancel("r1"))).isEqualTo(ErrorCode.ALREADY_ENDED);
    assertThat(code(cancel("r2"))).isEqualTo(ErrorCode.NOT_FOUND);
  }

  @Test
  void endsARunWhoseWorkerIgnoresTheCancel() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    Offer offer = worker.accepts();
    cancel("r1");

    fixture.pass(DeskFixture.SETTINGS.cancelMillis() + 100);
    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "1");
    fixture.run();

    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.CANCELLED);
    assertThat(worker.told).contains("release ALREADY_ENDED", "release FENCED");
    assertThat(fixture.events("run/r1")).last().asString().startsWith("cancelled ");
  }

  @Test
  void tellsAWorkerThatComesBackOfACancelThatItMissed() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    long lease = worker.accepts().lease();
    worker.seat.close();
    fixture.run();
    cancel("r1");

    Worker back = fixture.worker("w1").consumes("agent/echo", 1);
    back.seat.renew(List.of(lease));
    fixture.run();

    assertThat(back.told).containsExactly("cancel NOW bob enough");
  }

  @Test
  void endsAtOnceWhatIsSwitchedOff() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    worker.accepts();
    fixture.started("r2");

    fixture.desks.cancelAll("acme", run -> run.id().equals("r1"), CANCEL);
    fixture.run();

    assertThat(fixture.view("r1").status()).isEqualTo(RunStatus.CANCELLED);
    assertThat(worker.told).contains("release KILL_SWITCH");
    assertThat(worker.offered().request().id()).isEqualTo("r2");
  }

  @Test
  void findsTheRunOfAnIdempotencyKey() {
    RunAnswer.Done first = (RunAnswer.Done) fixture.start("ann", null, "k", false);
    RunAnswer.Done again = (RunAnswer.Done) fixture.start("ann", null, "k", false);
    RunAnswer.Done other = (RunAnswer.Done) fixture.start("bob", null, "k", false);

    assertThat(again.run().id()).isEqualTo(first.run().id());
    assertThat(again.fresh()).isFalse();
    assertThat(other.run().id()).isNotEqualTo(first.run().id());
  }

  @Test
  void refusesARunIdThatIsTaken() {
    fixture.started("r1");

    assertThat(code(fixture.start("ann", "r1"))).isEqualTo(ErrorCode.BAD_ID);
  }

  @Test
  void boundsActiveRuns() {
    settings(EventFilter.ALL, 2, 1, 10, 1_000, 10);
    fixture.started("r1");
    assertThat(code(fixture.start("ann", "r2"))).isEqualTo(ErrorCode.RUN_QUOTA);
    assertThat(fixture.count(Counter.QUOTA_RUNS_PER_USER)).isEqualTo(1);
    assertThat(fixture.start("bob", "r3")).isInstanceOf(RunAnswer.Done.class);
    assertThat(code(fixture.start("eve", "r4"))).isEqualTo(ErrorCode.RUN_QUOTA);
    assertThat(fixture.count(Counter.QUOTA_RUNS_PER_TENANT)).isEqualTo(1);

    cancel("r1");

    assertThat(fixture.start("ann", "r5")).isInstanceOf(RunAnswer.Done.class);
  }

  @Test
  void storesOnlyWhatRunsMayEmit() {
    settings(EventFilter.parse(List.of("progress")), 10, 10, 10, 1_000, 10);
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    worker.accepts();

    assertThat(fixture.publish(worker.producer, 1, "token_chunk", "run/r1")).containsExactly(0L);
    assertThat(fixture.publish(worker.producer, 2, "progress", "run/r1")).containsExactly(2L);
  }

  @Test
  void beatsWhileNothingElseFlows() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    long lease = worker.accepts().lease();
    for (int i = 0; i < 4; i++) {
      fixture.pass(4_000);
      worker.seat.renew(List.of(lease));
      fixture.run();
    }

    assertThat(fixture.events("run/r1")).contains("heartbeat {}");
    assertThat(fixture.events("thread/42")).doesNotContain("heartbeat {}");
  }

  @Test
  void remembersAnEndedRunForAWhile() {
    fixture.started("r1");
    cancel("r1");
    fixture.pass(TimeUnit.MINUTES.toMillis(59));
    assertThat(fixture.desks.find("acme", "r1")).isNotNull();

    fixture.pass(TimeUnit.MINUTES.toMillis(2));

    assertThat(fixture.desks.find("acme", "r1")).isNull();
  }

  @Test
  void remembersNoMoreThanItMay() {
    settings(EventFilter.ALL, 10, 10, 10, 1_000, 1);
    fixture.started("r1");
    fixture.started("r2");
    cancel("r1");
    cancel("r2");

    assertThat(fixture.desks.find("acme", "r1")).isNull();
    assertThat(fixture.desks.find("acme", "r2")).isNotNull();
  }

  @Test
  void tellsWhoWatches() {
    Worker worker = fixture.worker("w1").consumes("agent/echo", 1);
    fixture.started("r1");
    List<RunStatus> seen = new ArrayList<>();
    var _ = fixture.desks.watch("acme", "r1", view -> seen.add(view.status()));
    worker.seat.settle(worker.accepts().lease(), Outcome.FAILED, "nonsense");
    fixture.run();

    assertThat(seen).containsExactly(RunStatus.ACCEPTED, RunStatus.RUNNING, RunStatus.FAILED);
  }

  // Messages.

  private @Nullable Refused send(String inbox, String id) {
    List<@Nullable Refused> answers = new ArrayList<>();
    fixture.desks.send(
        DeskFixture.user("acme", "ann"),
        new Request(Kind.MESSAGE, inbox, id, "ann", List.of(inbox), Map.of(), "{}"),
        answers::add);
    fixture.run();
    return answers.getFirst();
  }

  @Test
  void deliversAMessageToWhoTakesItsInbox() {
    Worker worker = fixture.worker("w1").consumes("thread/*", 1);

    assertThat(send("thread/7", "m1")).isNull();
    worker.seat.settle(worker.offered().lease(), Outcome.COMPLETED, "");
    fixture.run();

    assertThat(worker.told).containsExactly("release null");
    assertThat(fixture.count(Counter.MESSAGES_DELIVERED)).isEqualTo(1);
    fixture.pass(60_000);
    assertThat(fixture.events("thread/7")).isEmpty();
  }

  @Test
  void deliversAMessageAgainWhenItsWorkerIsLost() {
    Worker first = fixture.worker("w1").consumes("thread/*", 1);
    send("thread/7", "m1");
    first.seat.close();
    fixture.run();

    Worker second = fixture.worker("w2").consumes("thread/*", 1);

    assertThat(second.offered().attempt()).isEqualTo(2);
  }

  @Test
  void tellsInTheTopicThatNobodyTookAMessage() {
    send("thread/7", "m1");

    fixture.pass(31_000);

    assertThat(fixture.events("thread/7"))
        .containsExactly("undelivered {\"id\":\"m1\",\"user\":\"ann\",\"code\":\"no_worker\"}");
    assertThat(fixture.count(Counter.MESSAGES_UNDELIVERED)).isEqualTo(1);
  }
}
