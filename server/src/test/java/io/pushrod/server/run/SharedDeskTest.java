package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.run.ClusterFixture.Node;
import io.pushrod.server.run.ClusterFixture.Worker;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Runs of which each step is done on another server.
class SharedDeskTest {
  private final ClusterFixture all = new ClusterFixture(RunSettings.DEFAULT, 1);
  private final Node a = all.node("a");
  private final Node b = all.node("b");
  private final Node c = all.node("c");
  private final Node d = all.node("d");

  @AfterEach
  void close() {
    all.close();
  }

  private static RunView done(List<RunAnswer> answers) {
    assertThat(answers).hasSize(1).allMatch(RunAnswer.Done.class::isInstance);
    return ((RunAnswer.Done) answers.getFirst()).run();
  }

  @Test
  void isStartedOnOneWorkedOnAnotherAndViewedOnAThird() {
    Worker worker = b.worker("w").consumes("agent/*", 4);
    assertThat(done(a.start("ann", "r1", null)).status()).isEqualTo(RunStatus.ACCEPTED);

    Offer offer = worker.accepts();
    assertThat(worker.told).containsExactly("grant");
    assertThat(d.status("r1")).isEqualTo(RunStatus.RUNNING);

    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "{\"x\":1}");
    all.run();
    assertThat(worker.told).containsExactly("grant", "release null");
    for (Node node : all.nodes.values()) {
      RunView view = Objects.requireNonNull(node.desks.find("acme", "r1"));
      assertThat(view.status()).isEqualTo(RunStatus.COMPLETED);
      assertThat(view.output()).isEqualTo("{\"x\":1}");
    }
  }

  @Test
  void isCancelledFromAnyServer() {
    Worker worker = b.worker("w").consumes("agent/*", 4);
    a.start("ann", "r1", null);
    Offer offer = worker.accepts();

    done(c.cancel("r1"));
    assertThat(worker.told).containsExactly("grant", "cancel enough");
    worker.seat.settle(offer.lease(), Outcome.CANCELLED, "");
    all.run();
    assertThat(d.status("r1")).isEqualTo(RunStatus.CANCELLED);
  }

  @Test
  void isTheSameRunForTheSameKeyOnAnyServer() {
    RunView first = done(a.start("ann", null, "k"));
    RunView second = done(c.start("ann", null, "k"));
    assertThat(second.id()).isEqualTo(first.id());
  }

  @Test
  void isWatchedFromAServerThatHasNeitherDeskNorWorker() {
    Worker worker = b.worker("w").consumes("agent/*", 4);
    a.start("ann", "r1", null);
    java.util.ArrayList<RunStatus> seen = new java.util.ArrayList<>();
    d.desks.watch("acme", "r1", view -> seen.add(view.status()));
    all.run();
    Offer offer = worker.accepts();
    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "");
    all.run();
    assertThat(seen).containsExactly(RunStatus.ACCEPTED, RunStatus.RUNNING, RunStatus.COMPLETED);
  }

  @Test
  void takesEventsFromTheHolderOnItsServerAndFromNobodyElse() {
    Worker worker = b.worker("w").consumes("agent/*", 4);
    a.start("ann", "r1", null);
    worker.accepts();
    TopicKey topic = new TopicKey("acme", "run/r1");
    for (Node node : List.of(a, b, c, d)) {
      assertThat(node.desks.judge(topic, worker.producer, "delta")).isNull();
      assertThat(node.desks.judge(topic, new Producer("zombie", 1), "delta"))
          .isEqualTo(ErrorCode.FENCED);
      assertThat(node.desks.judge(topic, null, "delta")).isEqualTo(ErrorCode.FENCED);
      assertThat(node.desks.judge(topic, worker.producer, "run_end")).isEqualTo(ErrorCode.FENCED);
    }
  }

  @Test
  void hasOneDeskForAllServers() {
    a.start("ann", "r1", null);
    b.start("ann", "r2", null);
    c.worker("w").consumes("agent/*", 4);
    assertThat(all.home()).isEqualTo("a");
    assertThat(c.desks.find("acme", "r1")).isNotNull();
    assertThat(d.desks.find("acme", "r2")).isNotNull();
  }

  @Test
  void keepsTheLeaseOfAWorkerWhoseServerDiesUntilItComesBackElsewhere() {
    a.start("ann", "r1", null);
    Worker worker = b.worker("w").consumes("agent/*", 4);
    Offer offer = worker.accepts();
    all.kill(b);
    all.pass(1_000);
    all.bury();

    Worker again = c.worker("w");
    again.seat.renew(List.of(offer.lease()));
    again.seat.settle(offer.lease(), Outcome.COMPLETED, "");
    all.run();
    assertThat(again.told).containsExactly("release null");
    assertThat(d.status("r1")).isEqualTo(RunStatus.COMPLETED);
  }

  @Test
  void offersAgainWhatAWorkerHadNotAcceptedWhoseServerDies() {
    a.start("ann", "r1", null);
    Worker first = b.worker("w").consumes("agent/*", 4);
    assertThat(first.offers).hasSize(1);
    Worker second = c.worker("v").consumes("agent/*", 4);
    all.kill(b);
    all.bury();
    assertThat(second.offers).hasSize(1);
    second.accepts();
    assertThat(d.status("r1")).isEqualTo(RunStatus.RUNNING);
  }

  @Test
  void endsARunWhoseWorkerWithItsServerStaysAway() {
    a.start("ann", "r1", null);
    b.worker("w").consumes("agent/*", 4).accepts();
    all.kill(b);
    all.bury();
    all.pass(RunSettings.DEFAULT.leaseMillis() + 500);
    RunView view = Objects.requireNonNull(c.desks.find("acme", "r1"));
    assertThat(Objects.requireNonNull(view.error()).code()).isEqualTo("producer_lost");
  }

  @Test
  void hearsOfEmissionsOnTheWorkersServer() {
    RunSettings settings = RunSettings.DEFAULT;
    a.start("ann", "r1", null);
    Worker worker = b.worker("w").consumes("agent/*", 4);
    Offer offer = worker.accepts();
    TopicKey topic = new TopicKey("acme", "run/r1");
    for (long passed = 0; passed < 2 * settings.heartbeatMillis(); passed += 1_000) {
      assertThat(b.desks.judge(topic, worker.producer, "delta")).isNull();
      worker.seat.renew(List.of(offer.lease()));
      all.pass(1_000);
    }
    assertThat(a.lastSequence("run/r1")).isEqualTo(1);
  }

  @Test
  void refusesWithARetryWhenTheDeskCannotBeReached() {
    a.start("ann", "r1", null);
    a.cut = true;
    List<RunAnswer> answers = b.start("ann", "r2", null);
    all.pass(6_000);
    assertThat(answers).hasSize(1);
    RunAnswer.Refused refused = (RunAnswer.Refused) answers.getFirst();
    assertThat(refused.code()).isEqualTo(ErrorCode.UNAVAILABLE);
    assertThat(refused.retryAfterMillis()).isPositive();
  }

  // The desk's server dies.

  private Worker runningOnBWithItsDeskOnA() {
    a.start("ann", "r1", null);
    assertThat(all.home()).isEqualTo("a");
    return b.worker("w").consumes("agent/*", 4);
  }

  @Test
  void goesOnWithItsWorkerWhenTheDesksServerDies() {
    Worker worker = runningOnBWithItsDeskOnA();
    Offer offer = worker.accepts();
    all.kill(a);
    all.bury();
    worker.seat.renew(List.of(offer.lease()));
    all.until("another has the desk", () -> all.home() != null && !"a".equals(all.home()));
    all.pass(RunSettings.DEFAULT.leaseMillis() / 2);
    worker.seat.renew(List.of(offer.lease()));
    all.pass(RunSettings.DEFAULT.leaseMillis() / 2 + 500);
    assertThat(d.status("r1")).isEqualTo(RunStatus.RUNNING);
    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "");
    all.run();
    assertThat(worker.told).containsExactly("grant", "release null");
    assertThat(d.status("r1")).isEqualTo(RunStatus.COMPLETED);
  }

  @Test
  void keepsASettleThatWasSaidWhileNobodyHadTheDesk() {
    Worker worker = runningOnBWithItsDeskOnA();
    Offer offer = worker.accepts();
    all.kill(a);
    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "{\"x\":1}");
    all.pass(1_000);
    all.bury();
    all.until("it is completed", () -> c.status("r1") == RunStatus.COMPLETED);
    assertThat(worker.told).containsExactly("grant", "release null");
  }

  @Test
  void offersWhatWaitedWhenTheDesksServerDies() {
    a.start("ann", "r1", null);
    all.kill(a);
    all.bury();
    Worker worker = b.worker("w").consumes("agent/*", 4);
    all.until("it is offered", () -> !worker.offers.isEmpty());
    worker.accepts();
    assertThat(c.status("r1")).isEqualTo(RunStatus.RUNNING);
  }

  @Test
  void endsWhenBothServersDieAndNobodyAsks() {
    Worker worker = runningOnBWithItsDeskOnA();
    worker.accepts();
    all.kill(a);
    all.kill(b);
    all.bury();
    all.pass(ClusterFixture.TTL_MILLIS + RunSettings.DEFAULT.leaseMillis() + 2_000);
    assertThat(c.status("r1")).isEqualTo(RunStatus.FAILED);
    assertThat(d.status("r1")).isEqualTo(RunStatus.FAILED);
  }

  @Test
  void goesOnWithACancelWhenTheDesksServerDies() {
    Worker worker = runningOnBWithItsDeskOnA();
    worker.accepts();
    done(c.cancel("r1"));
    all.kill(a);
    all.bury();
    all.until("it is cancelled", () -> d.status("r1") == RunStatus.CANCELLED);
  }

  @Test
  void knowsTheKeyOfARunThatEndedOnAServerThatDied() {
    RunView first = done(a.start("ann", null, "k"));
    done(a.cancel(first.id()));
    all.kill(a);
    all.bury();
    List<RunAnswer> second = c.start("ann", null, "k");
    all.until("it is answered", () -> !second.isEmpty());
    assertThat(done(second).id()).isEqualTo(first.id());
  }

  // The desk moves.

  @Test
  void goesToTheNextServerAtOnceWhenItsOwnLeaves() {
    Worker worker = runningOnBWithItsDeskOnA();
    Offer offer = worker.accepts();
    var left = a.desks.leave();
    all.run();
    assertThat(left).isCompleted();
    assertThat(all.home()).isNotEqualTo("a").isNotNull();
    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "");
    all.run();
    assertThat(a.status("r1")).isEqualTo(RunStatus.COMPLETED);
    done(a.start("ann", "r2", null));
    assertThat(all.home()).isNotEqualTo("a");
  }

  @Test
  void doesNothingAnyMoreWhenItWasFrozenAndAnotherHasTheDesk() {
    Worker worker = runningOnBWithItsDeskOnA();
    Offer offer = worker.accepts();
    a.frozen = true;
    all.pass(ClusterFixture.TTL_MILLIS + 500);
    all.cutOff(a);
    all.until("another has the desk", () -> all.home() != null && !"a".equals(all.home()));
    for (int i = 0; i < 20; i++) {
      worker.seat.renew(List.of(offer.lease()));
      all.pass(1_000);
    }
    long events = a.lastSequence("run/r1");
    a.frozen = false;
    all.bury();
    all.pass(5_000);
    assertThat(a.lastSequence("run/r1")).isEqualTo(events);
    assertThat(a.status("r1")).isEqualTo(RunStatus.RUNNING);
    worker.seat.settle(offer.lease(), Outcome.COMPLETED, "");
    all.run();
    assertThat(a.status("r1")).isEqualTo(RunStatus.COMPLETED);
  }

  @Test
  void refusesWithARetryWhileItsLeaseIsLate() {
    a.start("ann", "r1", null);
    a.cut = true;
    all.pass(ClusterFixture.TTL_MILLIS);
    List<RunAnswer> answers = a.start("ann", "r2", null);
    assertThat(answers).hasSize(1);
    assertThat(((RunAnswer.Refused) answers.getFirst()).code()).isEqualTo(ErrorCode.UNAVAILABLE);
  }

  @Test
  void isKnownToAServerThatComesLater() {
    Worker worker = runningOnBWithItsDeskOnA();
    worker.accepts();
    Node e = all.node("e");
    all.pass(100);
    assertThat(e.status("r1")).isEqualTo(RunStatus.RUNNING);
    TopicKey topic = new TopicKey("acme", "run/r1");
    assertThat(e.desks.judge(topic, worker.producer, "delta")).isNull();
    assertThat(e.desks.judge(topic, new Producer("zombie", 1), "delta"))
        .isEqualTo(ErrorCode.FENCED);
  }

  @Test
  void endsRunsThatASwitchNamesFromAnyServer() {
    Worker worker = runningOnBWithItsDeskOnA();
    worker.accepts();
    c.desks.cancelAll(
        "acme",
        run -> run.user().equals("ann"),
        new CancelOrder(
            io.pushrod.codec.ingest.IngestFrame.Cancel.How.NOW, 0, "op", "kill switch"));
    all.run();
    assertThat(worker.told).containsExactly("grant", "release KILL_SWITCH");
    assertThat(d.status("r1")).isEqualTo(RunStatus.CANCELLED);
  }
}
