package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;

class TrendTest {
  private static final double EXACT = 1e-9;

  @Test
  void risesAsTheLineDoes() {
    Trend trend = Trend.of(List.of(10.0, 11.0, 12.0, 13.0), List.of(5.0, 7.0, 9.0, 11.0));
    assertThat(trend.perSecond()).isCloseTo(2, within(EXACT));
    assertThat(trend.perHour()).isCloseTo(7_200, within(EXACT));
    assertThat(trend.mean()).isEqualTo(8);
  }

  @Test
  void isFlatWhereValuesGoUpAndDown() {
    Trend trend = Trend.of(List.of(0.0, 1.0, 2.0, 3.0), List.of(1.0, 3.0, 3.0, 1.0));
    assertThat(trend.perSecond()).isCloseTo(0, within(EXACT));
  }

  @Test
  void leavesTheLeastSquares() {
    Trend trend = Trend.of(List.of(0.0, 1.0, 2.0), List.of(0.0, 0.0, 3.0));
    assertThat(trend.perSecond()).isCloseTo(1.5, within(EXACT));
  }

  @Test
  void saysNothingOfOnePoint() {
    assertThat(Trend.of(List.of(1.0), List.of(4.0)).perSecond()).isNaN();
  }

  @Test
  void wantsAValuePerSecond() {
    assertThatThrownBy(() -> Trend.of(List.of(1.0), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("values: 0 (expected: 1, one per second)");
  }
}
