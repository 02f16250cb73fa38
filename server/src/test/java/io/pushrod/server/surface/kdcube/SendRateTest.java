package io.pushrod.server.surface.kdcube;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SendRateTest {
  private static final long HOUR = 3_600_000;
  private static final long START = 100 * HOUR;

  private final SendRate rate = new SendRate();

  @Test
  void admitsABurstWithinAnySixtySeconds() {
    SendRate.Limit limit = new SendRate.Limit(10, 0);
    for (int i = 0; i < 10; i++) {
      assertThat(rate.take(limit, START + i * 1_000L)).isZero();
    }

    assertThat(rate.take(limit, START + 59_999)).isEqualTo(60);
    assertThat(rate.take(limit, START + 60_000)).isZero();
    assertThat(rate.take(limit, START + 60_000)).isEqualTo(60);
    assertThat(rate.take(limit, START + 61_000)).isZero();
  }

  @Test
  void countsByTheHoursOfTheClock() {
    SendRate.Limit limit = new SendRate.Limit(0, 2);
    assertThat(rate.take(limit, START + HOUR - 2)).isZero();
    assertThat(rate.take(limit, START + HOUR - 1)).isZero();
    assertThat(rate.take(limit, START + HOUR - 1)).isEqualTo(3_600);

    assertThat(rate.take(limit, START + HOUR)).isZero();
  }

  @Test
  void doesNotCountWhatItRefuses() {
    SendRate.Limit limit = new SendRate.Limit(1, 2);
    assertThat(rate.take(limit, START)).isZero();
    assertThat(rate.take(limit, START + 1)).isEqualTo(60);
    assertThat(rate.take(limit, START + 60_000)).isZero();
    assertThat(rate.take(limit, START + 120_000)).isEqualTo(3_600);
  }

  @Test
  void goesOnAsItWasStored() {
    SendRate.Limit limit = new SendRate.Limit(9, 12);
    for (int i = 0; i < 6; i++) {
      assertThat(rate.take(limit, START + i * 9_999L)).isZero();
    }
    assertThat(rate.take(limit, START + 60_000)).isZero();

    SendRate again = SendRate.of(SendRate.of(rate.bytes()).bytes());

    for (int i = 0; i < 4; i++) {
      assertThat(again.take(limit, START + 60_001)).isEqualTo(rate.take(limit, START + 60_001));
    }
    assertThat(again.take(limit, START + 120_001)).isZero();
    assertThat(again.take(limit, START + 120_001)).isZero();
    assertThat(again.take(limit, START + 120_001)).isEqualTo(3_600);
  }

  @Test
  void aClockThatIsBehindForgivesNothing() {
    SendRate.Limit limit = new SendRate.Limit(2, 0);
    assertThat(rate.take(limit, START)).isZero();
    assertThat(rate.take(limit, START - 5_000)).isZero();

    SendRate again = SendRate.of(rate.bytes());

    assertThat(again.take(limit, START + 59_999)).isEqualTo(60);
    assertThat(again.take(limit, START + 60_000)).isZero();
  }
}
