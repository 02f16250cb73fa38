package io.pushrod.bench.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.run.BenchException;
import org.junit.jupiter.api.Test;

class FlightTest {
  private final Flight flight = new Flight("peer");

  @Test
  void waitsUntilFewEnoughAreOnTheirWay() throws InterruptedException {
    long first = flight.launch(System.nanoTime());
    long second = flight.launch(System.nanoTime());
    Thread acks =
        Thread.ofPlatform()
            .start(
                () -> {
                  flight.onAck(second);
                  flight.onAck(first);
                });
    flight.await(0);
    acks.join();
    assertThat(flight.acked()).isEqualTo(2);
    assertThat(flight.takeNanos().getTotalCount()).isEqualTo(2);
    assertThat(flight.takeNanos().getTotalCount()).isZero();
  }

  @Test
  void countsFromWhenAnEventWasMeantToBeSent() {
    long lateNanos = 5_000_000_000L;
    flight.onAck(flight.launch(System.nanoTime() - lateNanos));
    assertThat(flight.takeNanos().getMinValue()).isGreaterThan(lateNanos * 99 / 100);
  }

  @Test
  void failsWithWhatThePeerRefused() {
    flight.launch(1);
    flight.onFailure("ERR no");
    assertThatThrownBy(() -> flight.await(0))
        .isInstanceOf(BenchException.class)
        .hasMessage("peer: publish: ERR no (expected: 1 acknowledged, were 0)");
  }

  @Test
  void refusesASecondAcknowledgementOfAnEvent() {
    long ticket = flight.launch(1);
    flight.onAck(ticket);
    flight.onAck(ticket);
    assertThatThrownBy(() -> flight.await(0))
        .isInstanceOf(BenchException.class)
        .hasMessageContaining("event 0: acknowledged twice (expected: once)");
  }
}
