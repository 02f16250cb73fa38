package io.pushrod.server.log;

import static io.pushrod.server.log.ProducerLedger.Verdict.DUPLICATE;
import static io.pushrod.server.log.ProducerLedger.Verdict.FRESH;
import static io.pushrod.server.log.ProducerLedger.Verdict.STALE_EPOCH;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProducerLedgerTest {
  private final ProducerLedger ledger = new ProducerLedger(2);

  @Test
  void admitsEachSequenceOnce() {
    assertThat(ledger.admit("a", 1, 5)).isEqualTo(FRESH);
    assertThat(ledger.admit("a", 1, 5)).isEqualTo(DUPLICATE);
    assertThat(ledger.admit("a", 1, 4)).isEqualTo(DUPLICATE);
    assertThat(ledger.admit("a", 1, 6)).isEqualTo(FRESH);
  }

  @Test
  void fencesAnEpochBelowTheGreatest() {
    ledger.admit("a", 2, 1);

    assertThat(ledger.admit("a", 1, 9)).isEqualTo(STALE_EPOCH);
    assertThat(ledger.admit("a", 2, 2)).isEqualTo(FRESH);
  }

  @Test
  void beginsSequencesAnewWithANewEpochUnderASlotOfItsOwn() {
    ledger.admit("a", 1, 9);
    int slot = ledger.slot("a", 1);

    assertThat(ledger.admit("a", 2, 1)).isEqualTo(FRESH);
    assertThat(ledger.slot("a", 1)).isZero();
    assertThat(ledger.slot("a", 2)).isPositive().isNotEqualTo(slot).isEqualTo(ledger.slot());
  }

  @Test
  void forgetsTheProducerThatIsUnusedLongest() {
    ledger.admit("a", 1, 1);
    ledger.admit("b", 1, 1);
    ledger.admit("a", 1, 2);
    ledger.admit("c", 1, 1);

    assertThat(ledger.slot("b", 1)).isZero();
    assertThat(ledger.admit("a", 1, 2)).isEqualTo(DUPLICATE);
  }
}
