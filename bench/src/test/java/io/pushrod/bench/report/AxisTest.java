package io.pushrod.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AxisTest {
  @Test
  void linearTicksGoInStepsOfOneTwoOrFiveFromZero() {
    assertThat(Axis.linear(3, 9.4, 5).ticks()).containsExactly(0.0, 2.0, 4.0, 6.0, 8.0, 10.0);
    assertThat(Axis.linear(0.1, 0.28, 6).ticks())
        .containsExactly(0.0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3);
    assertThat(Axis.linear(0, 98_765, 5).ticks())
        .containsExactly(0.0, 20_000.0, 40_000.0, 60_000.0, 80_000.0, 100_000.0);
  }

  @Test
  void linearRangeReachesBelowZeroWhereValuesDo() {
    assertThat(Axis.linear(-3, 7, 5).ticks()).containsExactly(-4.0, -2.0, 0.0, 2.0, 4.0, 6.0, 8.0);
    assertThat(Axis.linear(-3, -1, 3).ticks()).containsExactly(-3.0, -2.0, -1.0, 0.0);
  }

  @Test
  void timeEndsWhereItEndsAndHasRoundTicks() {
    Axis axis = Axis.exactly(1, 3599, 4);
    assertThat(axis.ticks()).containsExactly(1000.0, 2000.0, 3000.0);
    assertThat(axis.place(1)).isZero();
    assertThat(axis.place(3599)).isEqualTo(1);
    assertThat(Axis.exactly(7, 7, 4).place(7)).isZero();
  }

  @Test
  void nothingButZerosStillHasARange() {
    Axis axis = Axis.linear(0, 0, 5);
    assertThat(axis.low()).isZero();
    assertThat(axis.high()).isPositive();
    assertThat(axis.place(0)).isZero();
  }

  @Test
  void logTicksHaveTwosAndFivesWhileDecadesAreFew() {
    assertThat(Axis.log(0.3, 42).ticks())
        .containsExactly(0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0);
    assertThat(Axis.log(0.02, 300).ticks()).containsExactly(0.01, 0.1, 1.0, 10.0, 100.0, 1000.0);
  }

  @Test
  void logRangeEndsSixDecadesBelowItsHighest() {
    assertThat(Axis.log(1e-12, 1000).low()).isEqualTo(0.001);
  }

  @Test
  void rangeBecomesLogarithmicBeyondTwoDecades() {
    assertThat(Axis.fitting(1, 100, 5).scale()).isEqualTo(Axis.Scale.LINEAR);
    assertThat(Axis.fitting(1, 101, 5).scale()).isEqualTo(Axis.Scale.LOG);
    assertThat(Axis.fitting(0, 1000, 5).scale()).isEqualTo(Axis.Scale.LINEAR);
  }

  @Test
  void percentilesLieByTheNinesOfHdrHistogram() {
    Axis axis = Axis.percentiles(99.99);
    assertThat(axis.place(0)).isZero();
    assertThat(axis.place(50)).isCloseTo(Math.log10(2) / 4, within(1e-9));
    assertThat(axis.place(90)).isCloseTo(0.25, within(1e-9));
    assertThat(axis.place(99)).isCloseTo(0.5, within(1e-9));
    assertThat(axis.place(99.9)).isCloseTo(0.75, within(1e-9));
    assertThat(axis.place(99.99)).isEqualTo(1);
    assertThat(axis.place(100)).isEqualTo(1);
    assertThat(axis.at(0.5)).isCloseTo(99, within(1e-9));
  }

  @Test
  void percentilesEndWhereTheCountTellsNoMore() {
    assertThat(Axis.percentiles(0).ticks()).containsExactly(0.0, 50.0, 90.0);
    assertThat(Axis.percentiles(95).ticks()).containsExactly(0.0, 50.0, 90.0, 99.0);
    assertThat(Axis.percentiles(99.9999).ticks()).endsWith(99.99);
  }

  @Test
  void placesGrowWithValuesAndEndAtTheEnds() {
    Axis axis = Axis.log(1, 1000);
    assertThat(axis.place(0)).isZero();
    assertThat(axis.place(10)).isCloseTo(1 / 3.0, within(1e-9));
    assertThat(axis.place(5000)).isEqualTo(1);
  }

  @Test
  void rangeThatIsNotFiniteIsRefused() {
    assertThatThrownBy(() -> Axis.linear(0, Double.NaN, 5))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Axis.log(1, Double.POSITIVE_INFINITY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Axis.log(0, 0)).isInstanceOf(IllegalArgumentException.class);
  }
}
