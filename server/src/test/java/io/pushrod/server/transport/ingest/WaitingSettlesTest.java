package io.pushrod.server.transport.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.codec.ingest.IngestFrame.Settle;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryPart;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class WaitingSettlesTest {
  private final MemoryAccount memory = new MemoryAccount();
  private final WaitingSettles settles = new WaitingSettles(1_000, memory);
  private final List<Settle> handedOn = new ArrayList<>();

  @Test
  void handsOnWhatIsAcknowledgedInOrder() {
    settles.add(settle(7, "1"), 10);
    settles.add(settle(3, "2"), 10);
    settles.add(settle(5, "3"), 12);

    settles.handOn(9, handedOn::add);
    assertThat(handedOn).isEmpty();
    settles.handOn(11, handedOn::add);
    assertThat(handedOn).containsExactly(settle(7, "1"), settle(3, "2"));
    settles.handOn(12, handedOn::add);
    assertThat(handedOn).hasSize(3);
    settles.handOn(99, handedOn::add);
    assertThat(handedOn).hasSize(3);
  }

  @Test
  void keepsTheFirstOfALease() {
    settles.add(settle(7, "1"), 10);
    settles.add(settle(7, "2"), 11);

    settles.handOn(11, handedOn::add);

    assertThat(handedOn).containsExactly(settle(7, "1"));
  }

  @Test
  void isFullAtItsBoundAndCountsWhatItHolds() {
    settles.add(settle(1, "x".repeat(800)), 1);
    assertThat(settles.isFull()).isFalse();
    settles.add(settle(2, ""), 2);
    assertThat(settles.isFull()).isTrue();
    assertThat(memory.bytes(MemoryPart.INGEST)).isGreaterThanOrEqualTo(800);

    settles.handOn(1, handedOn::add);
    assertThat(settles.isFull()).isFalse();
    settles.clear();
    assertThat(memory.bytes(MemoryPart.INGEST)).isZero();
    settles.handOn(9, handedOn::add);
    assertThat(handedOn).hasSize(1);
  }

  private static Settle settle(long lease, String payload) {
    return new Settle(lease, Outcome.COMPLETED, payload);
  }
}
