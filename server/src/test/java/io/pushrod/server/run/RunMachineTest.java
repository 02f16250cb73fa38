package io.pushrod.server.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.run.RunAction.End;
import io.pushrod.server.session.EventFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

class RunMachineTest {
  private static final CancelOrder CANCEL = new CancelOrder(How.AFTER_NODE, 0, "ann", "enough");

  /// Lease 900, offers 500, queue 2,000, cancel 400, run 5,000, idle 1,500, node 1,200, heartbeat
  /// 300; three attempts.
  private static final RunSettings SETTINGS =
      new RunSettings(
          EventFilter.ALL,
          300,
          5_000,
          1_500,
          1_200,
          900,
          500,
          3,
          400,
          60_000,
          10,
          10,
          10,
          0,
          1_000,
          10,
          1_000,
          2_000,
          10);

  private final RunMachine machine = new RunMachine(SETTINGS);
  private final List<RunAction> done = new ArrayList<>();
  private long nowMillis = 1_000;
  private RunState state = machine.begin(nowMillis);

  private RunMachineTest after(long millis, RunEvent event) {
    nowMillis += millis;
    RunMachine.Step step = machine.on(state, event, nowMillis);
    state = step.state();
    done.addAll(step.actions());
    return this;
  }

  private RunMachineTest running() {
    after(10, new RunEvent.Offered(7)).after(10, new RunEvent.Accepted(7));
    assertThat(done).containsExactly(new RunAction.Begin(), new RunAction.Grant(7));
    done.clear();
    return this;
  }

  private RunView.RunError error() {
    assertThat(done.getLast()).isInstanceOf(End.class);
    return Objects.requireNonNull(((End) done.getLast()).error());
  }

  private static RunEvent tick() {
    return new RunEvent.Tick(0, 0);
  }

  @Test
  void beginsBeforeItIsGranted() {
    running();
  }

  @Test
  void grantsAgainWhatIsAcceptedAgain() {
    running().after(5, new RunEvent.Accepted(7)).after(5, new RunEvent.Accepted(8));

    assertThat(done).containsExactly(new RunAction.Grant(7));
  }

  @Test
  void completesWithItsOutput() {
    running().after(5, new RunEvent.Settled(7, Outcome.COMPLETED, "{\"a\":1}"));

    assertThat(done)
        .containsExactly(
            new RunAction.Release(7, null, ""),
            new End(RunStatus.COMPLETED, "{\"a\":1}", null, null));
  }

  @Test
  void failsWithWhatItsWorkerSays() {
    running()
        .after(
            5,
            new RunEvent.Settled(
                7, Outcome.FAILED, "{\"code\":\"rate\",\"message\":\"no\",\"retryable\":true}"));

    assertThat(done)
        .contains(new End(RunStatus.FAILED, null, new RunView.RunError("rate", "no", true), null));
  }

  @Test
  void tellsTheReadersBeforeItCancels() {
    running().after(5, new RunEvent.CancelWanted(CANCEL));

    assertThat(done)
        .containsExactly(new RunAction.TellCancelling(CANCEL), new RunAction.PassCancel(7, CANCEL));
  }

  @Test
  void endsWithoutItsWorkerWhenTheCancelIsDue() {
    running()
        .after(5, new RunEvent.CancelWanted(CANCEL))
        .after(399, new RunEvent.Renewed(7))
        .after(0, tick());
    assertThat(done).noneMatch(End.class::isInstance);

    after(1, tick());

    assertThat(done).contains(new End(RunStatus.CANCELLED, null, null, CANCEL));
  }

  @Test
  void keepsTheHarderCancelAndTheEarlierDeadline() {
    running()
        .after(5, new RunEvent.CancelWanted(CANCEL))
        .after(100, new RunEvent.CancelWanted(new CancelOrder(How.NOW, 5_000, "bob", "now")));

    assertThat(done.getLast())
        .isEqualTo(new RunAction.PassCancel(7, new CancelOrder(How.NOW, 300, "ann", "enough")));
  }

  @Test
  void endsAtOnceWhenNobodyDoesItYet() {
    after(5, new RunEvent.CancelWanted(CANCEL));

    assertThat(done)
        .containsExactly(new RunAction.Dequeue(), new End(RunStatus.CANCELLED, null, null, CANCEL));
  }

  @Test
  void isOfferedToAnotherWhenTheFirstDoesNotAnswer() {
    after(5, new RunEvent.Offered(7)).after(500, tick());

    assertThat(done)
        .containsExactly(
            new RunAction.Release(7, ErrorCode.FENCED, "offer: no answer in time"),
            new RunAction.Enqueue());
  }

  @Test
  void failsWhenNobodyWantsIt() {
    for (long lease = 1; lease <= 3; lease++) {
      after(1, new RunEvent.Offered(lease)).after(1, new RunEvent.Refused(lease, true, "busy"));
    }

    assertThat(done.getLast())
        .isEqualTo(
            new End(
                RunStatus.FAILED,
                null,
                new RunView.RunError("no_worker", "no worker took it: busy", true),
                null));
  }

  @Test
  void stallsAndThenLosesItsWorker() {
    running().after(450, tick());
    assertThat(done).contains(new RunAction.TellStalled(450));
    assertThat(done).noneMatch(End.class::isInstance);

    after(450, tick());

    assertThat(done.getLast()).isInstanceOf(End.class);
    assertThat(error().code()).isEqualTo("producer_lost");
    assertThat(error().retryable()).isTrue();
  }

  @Test
  void goesOnWhenAStalledWorkerComesBack() {
    running().after(450, tick()).after(400, new RunEvent.Renewed(7)).after(440, tick());

    assertThat(done).noneMatch(End.class::isInstance);
    assertThat(state.stalled()).isFalse();
  }

  @Test
  void timesOutWhenItTakesTooLong() {
    running();
    for (int i = 0; i < 10; i++) {
      after(500, new RunEvent.Renewed(7)).after(0, new RunEvent.Tick(nowMillis, 0));
    }

    assertThat(((End) done.getLast()).status()).isEqualTo(RunStatus.TIMED_OUT);
    assertThat(error().code()).isEqualTo("timeout");
  }

  @Test
  void timesOutWhenNothingIsEmitted() {
    running();
    long emitted = nowMillis + 200;
    for (int i = 0; i < 4; i++) {
      after(425, new RunEvent.Renewed(7)).after(0, new RunEvent.Tick(emitted, 0));
    }

    assertThat(error().code()).isEqualTo("idle_timeout");
  }

  @Test
  void timesOutWhenANodeTakesTooLong() {
    running();
    long since = nowMillis;
    for (int i = 0; i < 3; i++) {
      after(400, new RunEvent.Renewed(7)).after(0, new RunEvent.Tick(nowMillis, since));
    }

    assertThat(error().code()).isEqualTo("node_timeout");
  }

  @Test
  void beatsWhileNothingElseFlows() {
    running().after(299, tick());
    assertThat(done).isEmpty();

    after(1, tick());

    assertThat(done).containsExactly(new RunAction.Beat());
  }

  @Test
  void fencesAnOldLease() {
    after(5, new RunEvent.Offered(7))
        .after(5, new RunEvent.OfferLost(7))
        .after(5, new RunEvent.Offered(8))
        .after(5, new RunEvent.Accepted(7))
        .after(5, new RunEvent.Settled(7, Outcome.COMPLETED, ""));

    assertThat(done).noneMatch(End.class::isInstance).noneMatch(RunAction.Begin.class::isInstance);
  }

  /// One thing that happens, and how long after the one before.
  record Happening(long afterMillis, RunEvent event) {}

  @Property(tries = 20_000)
  void endsOnceWhateverHappens(@ForAll("lives") List<Happening> life) {
    RunState at = machine.begin(0);
    long now = 0;
    int begins = 0;
    int ends = 0;
    for (Happening next : life) {
      now += next.afterMillis();
      RunMachine.Step step = machine.on(at, next.event(), now);
      if (ends > 0) {
        assertThat(step.actions()).isEmpty();
      }
      at = step.state();
      for (RunAction action : step.actions()) {
        assertThat(ends).as("after the end").isZero();
        begins += action instanceof RunAction.Begin ? 1 : 0;
        ends += action instanceof End ? 1 : 0;
      }
      assertThat(begins).isLessThanOrEqualTo(1);
    }
    // Nothing more happens but time, as when all workers are dead: it ends by itself.
    for (int i = 0; i < 40 && ends == 0; i++) {
      now = Math.max(now, machine.dueMillis(at, 0, 0));
      RunMachine.Step step = machine.on(at, new RunEvent.Tick(0, 0), now);
      at = step.state();
      ends += (int) step.actions().stream().filter(End.class::isInstance).count();
    }
    assertThat(ends).isEqualTo(1);
  }

  @Provide
  Arbitrary<List<Happening>> lives() {
    Arbitrary<Long> lease = Arbitraries.longs().between(1, 4);
    Arbitrary<RunEvent> event =
        Arbitraries.oneOf(
            lease.map(RunEvent.Offered::new),
            lease.map(RunEvent.Offered::new),
            lease.map(RunEvent.Accepted::new),
            lease.map(RunEvent.Accepted::new),
            lease.map(RunEvent.OfferLost::new),
            lease.map(RunEvent.Renewed::new),
            Combinators.combine(lease, Arbitraries.of(true, false))
                .as((l, elsewhere) -> new RunEvent.Refused(l, elsewhere, "no")),
            Combinators.combine(lease, Arbitraries.of(Outcome.class))
                .as((l, outcome) -> new RunEvent.Settled(l, outcome, "")),
            Arbitraries.of(How.class)
                .map(how -> new RunEvent.CancelWanted(new CancelOrder(how, 0, "ann", "enough"))),
            Arbitraries.just(new RunEvent.Killed(CANCEL)),
            Arbitraries.longs().between(0, 3_000).map(at -> new RunEvent.Tick(at, 0)),
            Arbitraries.longs().between(0, 3_000).map(at -> new RunEvent.Tick(at, at)));
    return Combinators.combine(Arbitraries.longs().between(0, 700), event)
        .as(Happening::new)
        .list()
        .ofMinSize(1)
        .ofMaxSize(40);
  }
}
