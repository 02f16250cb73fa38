package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.bench.Fields;
import java.util.List;
import org.junit.jupiter.api.Test;

class FiguresTest {
  @Test
  void medianLiesInTheMiddleOfTheRange() {
    assertThat(Spread.of(List.of(3.0, 1.0, 2.0))).isEqualTo(new Spread(2, 1, 3));
    assertThat(Spread.of(List.of(4.0, 1.0))).isEqualTo(new Spread(2.5, 1, 4));
  }

  @Test
  void metricsAreSummedOverTheirLabels() {
    Metrics metrics =
        Metrics.parse(
            """
            # HELP a_total Something.
            a_total{loop="0",text="x } y"} 1.0
            a_total{loop="1"} 2.5e3
            b 7
            """);
    assertThat(metrics.value("a_total")).isEqualTo(2501);
    assertThat(metrics.value("b")).isEqualTo(7);
    assertThatThrownBy(() -> metrics.value("c")).isInstanceOf(BenchException.class);
  }

  @Test
  void cpuClockAgreesWithTheProcessItself() {
    ProcessHandle self = ProcessHandle.current();
    long before = self.info().totalCpuDuration().orElseThrow().toNanos();
    long clock = CpuClock.nanos(self.pid());
    long after = self.info().totalCpuDuration().orElseThrow().toNanos();
    assertThat(clock).isBetween(before - 20_000_000, after + 20_000_000);
  }

  @Test
  void linesOfTheProcessesReadBack() {
    Fields fields = Fields.parse("ran rounds=3 name=a=b");
    assertThat(fields.word()).isEqualTo("ran");
    assertThat(fields.number("rounds")).isEqualTo(3);
    assertThat(fields.text("name")).isEqualTo("a=b");
    assertThatThrownBy(() -> fields.text("late")).isInstanceOf(IllegalArgumentException.class);
  }
}
