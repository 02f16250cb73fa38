package io.pushrod.bench.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.report.Chart.Curve;
import io.pushrod.bench.report.Chart.Line;
import java.util.Arrays;
import java.util.List;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class TraceTest {
  @Test
  void longLineKeepsItsEndsItsPeaksAndItsOrder() {
    double[] x = new double[86_400];
    Arrays.setAll(x, i -> i);
    double[] y = new double[x.length];
    y[40_000] = 7;
    y[70_001] = -3;
    Trace trace = Trace.of(new Line("memory", x, y));
    assertThat(trace.points()).hasSizeBetween(200, 402).contains(new Trace.Point(40_000, 7));
    assertThat(trace.points()).contains(new Trace.Point(70_001, -3));
    assertThat(trace.points()).extracting(Trace.Point::x).isSorted().contains(0.0, 86_399.0);
  }

  @Test
  void longLineKeepsWhatLiesBesideAHole() {
    double[] x = new double[10_000];
    Arrays.setAll(x, i -> i);
    double[] y = new double[x.length];
    Arrays.fill(y, Double.NaN);
    y[5_010] = 2;
    Trace trace = Trace.of(new Line("cpu", x, y));
    assertThat(Trace.heights(List.of(trace))).contains(2);
  }

  @Test
  void curveEndsWhereItsCountTellsNoMore() {
    Histogram few = new Histogram(3);
    for (int i = 1; i <= 100; i++) {
      few.recordValue(i * 1_000_000L);
    }
    Trace trace = Trace.of(new Curve("floor", few), Axis.percentiles(99.99));
    assertThat(trace.points().getLast().x()).isBetween(98.5, 99.0);
    assertThat(trace.points().getFirst().y()).isBetween(0.99, 1.01);
  }

  @Test
  void curveOfNothingHasNoPoint() {
    Curve nothing = new Curve("none", new Histogram(3));
    assertThat(Trace.of(nothing, Axis.percentiles(90)).points()).isEmpty();
  }

  @Test
  void lineNeedsAsManyValuesAsPlaces() {
    assertThatThrownBy(() -> new Line("cpu", new double[2], new double[3]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("3");
  }
}
