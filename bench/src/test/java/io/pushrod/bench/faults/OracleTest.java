package io.pushrod.bench.faults;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.bench.faults.Oracle.Verdict;
import io.pushrod.bench.faults.Violation.Kind;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class OracleTest {
  private static final String TOPIC = "faults/t0";
  private static final String ANN = "ann";
  private static final String BOB = "bob";

  private final Oracle disk = new Oracle(Backend.DISK);
  private final Oracle memory = new Oracle(Backend.MEMORY);
  private final Oracle sentinel = new Oracle(Backend.SENTINEL);

  @Test
  void findsNothingWhereEverybodyGotEverythingOnce() {
    for (String reader : new String[] {ANN, BOB}) {
      deliver(disk, reader, "e", 1, "p.1");
      deliver(disk, reader, "e", 2, "p.2");
    }
    disk.onAcked("p.1", TOPIC, 1);
    disk.onAcked("p.2", TOPIC, 2);
    assertClean(disk);
  }

  @Test
  void findsWhatWasAcknowledgedAndCameToNobody() {
    disk.reads(ANN, TOPIC);
    disk.onAcked("p.1", TOPIC, 1);
    assertViolation(disk, Kind.LOST, 1);
  }

  @Test
  void findsWhatCameToAllButOne() {
    deliver(disk, ANN, "e", 1, "p.1");
    disk.reads(BOB, TOPIC);
    disk.onAcked("p.1", TOPIC, 1);
    assertViolation(disk, Kind.LOST, 1);
  }

  @Test
  void findsAHoleBetweenTwoSequences() {
    deliver(disk, ANN, "e", 1, "p.1");
    deliver(disk, ANN, "e", 3, "p.3");
    assertViolation(disk, Kind.UNANNOUNCED_GAP, 1);
  }

  @Test
  void findsAStreamThatDoesNotBeginAtItsBeginning() {
    deliver(disk, ANN, "e", 2, "p.2");
    assertViolation(disk, Kind.UNANNOUNCED_GAP, 1);
  }

  @Test
  void findsAnEpochThatBeginsWithoutAGap() {
    deliver(memory, ANN, "e", 1, "p.1");
    deliver(memory, ANN, "f", 1, "p.2");
    assertViolation(memory, Kind.UNANNOUNCED_GAP, 1);
  }

  @Test
  void findsASequenceThatCameTwice() {
    deliver(disk, ANN, "e", 1, "p.1");
    deliver(disk, ANN, "e", 2, "p.2");
    deliver(disk, ANN, "e", 2, "p.2");
    assertViolation(disk, Kind.DUPLICATED, 1);
  }

  @Test
  void findsAFoldThatCoversWhatCameBefore() {
    deliver(disk, ANN, "e", 1, "p.1");
    fold(disk, ANN, 1, 2, "p.1", "p.2");
    assertViolation(disk, Kind.DUPLICATED, 1);
  }

  @Test
  void findsAPublicationThatHasTwoSequences() {
    deliver(disk, ANN, "e", 1, "p.1");
    deliver(disk, ANN, "e", 2, "p.1");
    Verdict verdict = disk.judge();
    assertThat(verdict.count(Kind.DUPLICATED)).isEqualTo(1);
  }

  @Test
  void letsARetryHaveASequenceInEachEpochOnlyWhereLogsEndWithTheirProcess() {
    for (Oracle oracle : new Oracle[] {memory, disk}) {
      deliver(oracle, ANN, "e", 1, "p.1");
      gap(oracle, ANN, "e-2", null, "f-0", "epoch");
      deliver(oracle, ANN, "f", 1, "p.1");
    }
    assertClean(memory);
    assertThat(disk.judge().count(Kind.DUPLICATED)).isEqualTo(1);
  }

  @Test
  void letsAFailoverTakeBackWhatWasNotAcknowledged() {
    deliver(sentinel, ANN, "e", 1, "p.1");
    deliver(sentinel, ANN, "e", 2, "p.2");
    gap(sentinel, ANN, "e-3", null, "f-0", "epoch");
    deliver(sentinel, BOB, "e", 1, "p.1");
    deliver(sentinel, BOB, "e", 2, "q.1");
    gap(sentinel, BOB, "e-3", null, "f-0", "epoch");
    for (String reader : new String[] {ANN, BOB}) {
      deliver(sentinel, reader, "f", 1, "p.1");
      deliver(sentinel, reader, "f", 2, "q.1");
    }
    sentinel.onAcked("p.1", TOPIC, 1);
    sentinel.onAcked("q.1", TOPIC, 2);
    assertClean(sentinel);
  }

  @Test
  void findsWhatAFailoverTookBackThoughItWasAcknowledged() {
    deliver(sentinel, ANN, "e", 1, "p.1");
    deliver(sentinel, ANN, "e", 2, "p.2");
    gap(sentinel, ANN, "e-3", null, "f-0", "epoch");
    deliver(sentinel, ANN, "f", 1, "p.1");
    sentinel.onAcked("p.1", TOPIC, 1);
    sentinel.onAcked("p.2", TOPIC, 2);
    assertViolation(sentinel, Kind.LOST, 1);
  }

  @Test
  void findsTwoContentsOfAnEpochThatNoFailoverEnded() {
    deliver(sentinel, ANN, "e", 1, "p.1");
    deliver(sentinel, BOB, "e", 1, "q.1");
    assertViolation(sentinel, Kind.ALTERED, 1);
  }

  @Test
  void findsAReaderThatIsLeftInAnEpochThatEnded() {
    deliver(sentinel, ANN, "e", 1, "p.1");
    gap(sentinel, ANN, "e-2", null, "f-0", "epoch");
    deliver(sentinel, ANN, "f", 1, "p.1");
    deliver(sentinel, BOB, "e", 1, "p.1");
    assertViolation(sentinel, Kind.UNANNOUNCED_GAP, 1);
  }

  @Test
  void countsTheEndOfARunAnewInAnotherEpoch() {
    sentinel.onRunStarted("r1");
    sentinel.onOther(ANN, "run/r1", "e", 1);
    sentinel.onRunEnded("r1");
    sentinel.onGap(ANN, "run/r1", parsed("e-2", null, "f-0", "epoch"));
    assertThat(sentinel.hasEnded("r1")).isFalse();
    sentinel.onOther(ANN, "run/r1", "f", 1);
    sentinel.onRunEnded("r1");
    assertClean(sentinel);
  }

  @Test
  void findsPublicationsOfOnePublisherInAnotherOrder() {
    deliver(disk, ANN, "e", 1, "p.2");
    deliver(disk, ANN, "e", 2, "q.1");
    deliver(disk, ANN, "e", 3, "p.1");
    assertViolation(disk, Kind.OUT_OF_ORDER, 1);
  }

  @Test
  void findsTextThatIsNotWhatWasPublished() {
    disk.onDelivered(ANN, TOPIC, "e", 1, 1, "p.1:abc;");
    assertViolation(disk, Kind.ALTERED, 1);
  }

  @Test
  void findsOneSequenceWithTwoContents() {
    deliver(disk, ANN, "e", 1, "p.1");
    deliver(disk, BOB, "e", 1, "p.2");
    assertViolation(disk, Kind.ALTERED, 1);
  }

  @Test
  void findsAFoldThatLacksAText() {
    fold(disk, ANN, 1, 3, "p.1", "p.2");
    assertViolation(disk, Kind.ALTERED, 1);
  }

  @Test
  void takesAFoldForAllItCovers() {
    fold(disk, ANN, 1, 2, "p.1", "p.2");
    deliver(disk, ANN, "e", 3, "p.3");
    disk.onAcked("p.1", TOPIC, 1);
    disk.onAcked("p.2", TOPIC, 2);
    assertClean(disk);
  }

  @Test
  void excusesWhatLiesInAGapAndNothingElse() {
    deliver(disk, ANN, "e", 1, "p.1");
    gap(disk, ANN, "e-2", "e-3", "e-3", "trimmed");
    deliver(disk, ANN, "e", 4, "p.4");
    for (int i = 1; i <= 4; i++) {
      disk.onAcked("p." + i, TOPIC, i);
    }
    disk.onAcked("p.5", TOPIC, 5);
    assertViolation(disk, Kind.LOST, 1);
  }

  @Test
  void excusesNoReaderByTheGapOfAnother() {
    deliver(disk, ANN, "e", 1, "p.1");
    gap(disk, BOB, "e-1", "e-1", "e-1", "overflow");
    deliver(disk, ANN, "e", 2, "p.2");
    disk.onAcked("p.1", TOPIC, 1);
    disk.onAcked("p.2", TOPIC, 2);
    assertViolation(disk, Kind.LOST, 1);
  }

  @Test
  void findsAGapThatNamesAnotherBeginning() {
    deliver(disk, ANN, "e", 1, "p.1");
    gap(disk, ANN, "e-3", "e-4", "e-4", "trimmed");
    assertViolation(disk, Kind.WRONG_GAP, 1);
  }

  @Test
  void findsAGapThatNamesAnotherEnd() {
    deliver(disk, ANN, "e", 1, "p.1");
    gap(disk, ANN, "e-2", "e-4", "e-5", "trimmed");
    assertViolation(disk, Kind.WRONG_GAP, 1);
  }

  @Test
  void findsAnEndedEpochWhereLogsOutliveTheirProcess() {
    for (Oracle oracle : new Oracle[] {memory, disk}) {
      deliver(oracle, ANN, "e", 1, "p.1");
      gap(oracle, ANN, "e-2", null, "f-0", "epoch");
    }
    assertClean(memory);
    assertViolation(disk, Kind.WRONG_GAP, 1);
  }

  @Test
  void excusesWhatWasInAnEpochThatEnded() {
    deliver(memory, ANN, "e", 1, "p.1");
    deliver(memory, BOB, "e", 1, "p.1");
    deliver(memory, BOB, "e", 2, "p.2");
    deliver(memory, BOB, "e", 3, "p.3");
    gap(memory, ANN, "e-3", null, "f-0", "epoch");
    memory.onAcked("p.2", TOPIC, 2);
    memory.onAcked("p.3", TOPIC, 3);
    Verdict verdict = memory.judge();
    assertThat(verdict.count(Kind.WRONG_GAP)).isEqualTo(1);
    assertThat(verdict.count(Kind.LOST)).as("2 is before the gap").isEqualTo(1);
  }

  @Test
  void findsAnAcknowledgementWithAnotherSequence() {
    deliver(disk, ANN, "e", 1, "p.1");
    disk.onAcked("p.1", TOPIC, 2);
    assertViolation(disk, Kind.WRONG_ACK, 1);
  }

  @Test
  void findsWhatWasRefusedAndIsThere() {
    disk.onRefused("p.1", TOPIC);
    disk.onRefused("p.2", TOPIC);
    deliver(disk, ANN, "e", 1, "p.1");
    assertViolation(disk, Kind.REFUSED_YET_STORED, 1);
  }

  @Test
  void findsARunWithoutAnEndAndOneWithTwo() {
    disk.onRunStarted("r1");
    disk.onRunStarted("r2");
    disk.onRunStarted("r3");
    disk.onRunEnded("r1");
    disk.onRunEnded("r2");
    disk.onRunEnded("r2");
    assertViolation(disk, Kind.UNENDED_RUN, 2);
  }

  @Test
  void findsARunThatBeganTwice() {
    disk.onRunStarted("r1");
    disk.onRunBegan("r1");
    disk.onRunBegan("r1");
    disk.onRunEnded("r1");
    assertViolation(disk, Kind.REBEGUN_RUN, 1);
  }

  @Test
  void excusesARunWhoseReaderWasToldThatItsLogEnded() {
    memory.onRunStarted("r1");
    memory.onOther(ANN, "run/r1", "e", 1);
    memory.onGap(ANN, "run/r1", parsed("e-2", null, "f-0", "epoch"));
    assertClean(memory);
  }

  @Test
  void countsSomethingThatIsStuck() {
    disk.onStuck("server 0: not ready");
    assertViolation(disk, Kind.STUCK, 1);
  }

  @Test
  void knowsWhoLacksWhat() {
    deliver(disk, ANN, "e", 1, "p.1");
    disk.reads(BOB, TOPIC);
    assertThat(disk.hasEverywhere(TOPIC, "p.1")).isFalse();
    assertThat(disk.lacking(TOPIC, "p.1")).containsExactly("bob on faults/t0 at null");
    deliver(disk, BOB, "e", 1, "p.1");
    assertThat(disk.hasEverywhere(TOPIC, "p.1")).isTrue();
  }

  private static void deliver(Oracle oracle, String reader, String epoch, long at, String key) {
    oracle.onDelivered(reader, TOPIC, epoch, at, at, Payload.of(key).text());
  }

  private static void fold(Oracle oracle, String reader, long first, long last, String... keys) {
    StringBuilder text = new StringBuilder();
    for (String key : keys) {
      text.append(Payload.of(key).text());
    }
    oracle.onDelivered(reader, TOPIC, "e", first, last, text.toString());
  }

  private static void gap(
      Oracle oracle, String reader, String from, @Nullable String to, String next, String reason) {
    oracle.onGap(reader, TOPIC, parsed(from, to, next, reason));
  }

  private static Gap parsed(String from, @Nullable String to, String next, String reason) {
    return new Gap(
        Place.parse(from), to == null ? null : Place.parse(to), Place.parse(next), reason);
  }

  private static void assertClean(Oracle oracle) {
    Verdict verdict = oracle.judge();
    assertThat(verdict.violations()).isEmpty();
    assertThat(verdict.isClean()).isTrue();
  }

  private static void assertViolation(Oracle oracle, Kind kind, long times) {
    Verdict verdict = oracle.judge();
    assertThat(verdict.counts()).as("%s", verdict.violations()).containsOnlyKeys(kind);
    assertThat(verdict.count(kind)).isEqualTo(times);
    assertThat(verdict.isClean()).isFalse();
  }
}
