package io.pushrod.server.log;

import static io.pushrod.server.log.ProducerLedger.Verdict.DUPLICATE;
import static io.pushrod.server.log.ProducerLedger.Verdict.FRESH;
import static io.pushrod.server.log.ProducerLedger.Verdict.STALE_EPOCH;
import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

final class ProducerLedgerTest {
  private final ProducerLedger ledger = new ProducerLedger(2);

  private ProducerLedger.Verdict admit(String producer, long epoch, long sequence) {
    ProducerLedger.Verdict verdict = ledger.judge(producer, epoch, sequence);
    if (verdict == FRESH) {
      ledger.accept(sequence);
    }
    return verdict;
  }

  @Test
  void admitsEachSequenceOnce() {
    assertThat(admit("a", 1, 5)).isEqualTo(FRESH);
    assertThat(admit("a", 1, 5)).isEqualTo(DUPLICATE);
    assertThat(admit("a", 1, 4)).isEqualTo(DUPLICATE);
    assertThat(admit("a", 1, 6)).isEqualTo(FRESH);
  }

  @Test
  void fencesAnEpochBelowTheGreatest() {
    admit("a", 2, 1);

    assertThat(admit("a", 1, 9)).isEqualTo(STALE_EPOCH);
    assertThat(admit("a", 2, 2)).isEqualTo(FRESH);
  }

  @Test
  void beginsSequencesAnewWithANewEpochUnderASlotOfItsOwn() {
    admit("a", 1, 9);
    int slot = ledger.slot("a", 1);

    assertThat(admit("a", 2, 1)).isEqualTo(FRESH);
    assertThat(ledger.slot("a", 1)).isZero();
    assertThat(ledger.slot("a", 2)).isPositive().isNotEqualTo(slot).isEqualTo(ledger.slot());
  }

  @Test
  void forgetsTheProducerThatIsUnusedLongest() {
    admit("a", 1, 1);
    admit("b", 1, 1);
    admit("a", 1, 2);
    admit("c", 1, 1);

    assertThat(ledger.slot("b", 1)).isZero();
    assertThat(admit("a", 1, 2)).isEqualTo(DUPLICATE);
  }
}
