package io.pushrod.server.quota;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class PublishRatesTest {
  private static final long MILLI = TimeUnit.MILLISECONDS.toNanos(1);

  private final PublishRates rates = new PublishRates(1000, 100);
  private long now = Long.MAX_VALUE - 50 * MILLI; // the clock may wrap

  private long take(int events) {
    return rates.take("acme", events, now);
  }

  @Test
  void letsTheBurstPassAndThenTheRate() {
    assertThat(take(60)).isZero();
    assertThat(take(40)).isZero();
    assertThat(take(1)).isEqualTo(MILLI);
    now += 10 * MILLI;
    assertThat(take(10)).isZero();
    assertThat(take(1)).isEqualTo(MILLI);
  }

  @Test
  void savesNoMoreThanTheBurst() {
    assertThat(take(100)).isZero();
    now += 10_000 * MILLI;
    assertThat(take(100)).isZero();
    assertThat(take(1)).isEqualTo(MILLI);
  }

  @Test
  void letsABatchLargerThanTheBurstPassInDebt() {
    assertThat(take(1)).isZero();
    assertThat(take(500)).isZero();
    assertThat(take(1)).isEqualTo(402 * MILLI);
    now += 402 * MILLI;
    assertThat(take(500)).as("room for one is enough").isZero();
    assertThat(take(1)).isEqualTo(500 * MILLI);
  }

  @Test
  void keepsTenantsApart() {
    assertThat(take(100)).isZero();
    assertThat(rates.take("globex", 100, now)).isZero();
    assertThat(take(1)).isPositive();
  }

  @Test
  void forgetsTenantsThatAreQuiet() {
    for (int i = 0; i < 10_000; i++) {
      assertThat(rates.take("tenant" + i, 50, now)).isZero();
      now += MILLI;
    }
    assertThat(rates.size()).isLessThanOrEqualTo(1025);
  }

  @Test
  void hasNoBoundAndHoldsNothingWhenOff() {
    PublishRates off = new PublishRates(0, 1);
    assertThat(off.take("acme", 1_000_000_000, now)).isZero();
    assertThat(off.take("acme", 1_000_000_000, now)).isZero();
    assertThat(off.size()).isZero();
  }

  @Test
  void givesOutTheBurstOnceThoughManyThreadsRaceWithTheSweep() {
    AtomicInteger passed = new AtomicInteger();
    IntStream.range(0, 40_000)
        .parallel()
        .forEach(
            i -> {
              if (rates.take("t" + i % 4000, 100, now) == 0) {
                passed.incrementAndGet();
              }
            });
    assertThat(passed).hasValue(4000);
  }
}
