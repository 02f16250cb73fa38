package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OpenLoopTest {
  private final List<Integer> topics = new ArrayList<>();
  private final List<Long> times = new ArrayList<>();

  private void run(Load load) throws IOException, InterruptedException {
    OpenLoop.run(
        load,
        (topic, intended) -> {
          topics.add(topic);
          times.add(intended);
        });
  }

  private long between(int earlier, int later) {
    return times.get(later) - times.get(earlier);
  }

  @Test
  void topicsTakeTurnsEvenlyOverARound() throws IOException, InterruptedException {
    run(new Load(2, 2, 500));
    assertThat(topics).containsExactly(0, 1, 0, 1);
    assertThat(between(0, 1)).isEqualTo(1_000_000);
    assertThat(between(0, 3)).isEqualTo(3_000_000);
  }

  @Test
  void whatFallsIntoAMillisecondIsMeantForTheSameTime() throws IOException, InterruptedException {
    run(new Load(4, 2, 500));
    assertThat(topics).containsExactly(0, 1, 2, 3, 0, 1, 2, 3);
    assertThat(between(0, 1)).isZero();
    assertThat(between(0, 2)).isEqualTo(1_000_000);
    assertThat(between(0, 7)).isEqualTo(3_000_000);
  }

  @Test
  void eventsOfABurstAreMeantForTheSameTime() throws IOException, InterruptedException {
    run(new Load(2, 4, 1000, 2));
    assertThat(topics).containsExactly(0, 0, 1, 1, 0, 0, 1, 1);
    assertThat(between(0, 1)).isZero();
    assertThat(between(0, 2)).isEqualTo(1_000_000);
    assertThat(between(0, 7)).isEqualTo(3_000_000);
  }

  @Test
  void burstsDivideTheEvents() {
    assertThatThrownBy(() -> new Load(1, 10, 1000, 4)).isInstanceOf(BenchException.class);
  }
}
