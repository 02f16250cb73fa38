package io.pushrod.server.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MovingDeadlineTest {
  private final FakeDeadlines clock = new FakeDeadlines();
  private final List<Long> passed = new ArrayList<>();
  private final MovingDeadline deadline =
      new MovingDeadline(clock) {
        @Override
        protected void onPassed(long nowNanos) {
          passed.add(nowNanos);
        }
      };

  @Test
  void passesOnceWhenItsMomentHasCome() {
    long start = clock.nanoTime();
    deadline.moveIn(10);
    clock.advance(9);
    assertThat(passed).isEmpty();
    clock.advance(1);
    clock.advance(100);
    assertThat(passed).containsExactly(start + 10);
  }

  @Test
  void movesLaterWithoutTouchingTheHolder() {
    deadline.moveIn(10);
    clock.advance(5);
    deadline.moveIn(10);
    clock.advance(5);
    assertThat(passed).isEmpty();
    assertThat(clock.size()).isEqualTo(1);
    clock.advance(5);
    assertThat(passed).hasSize(1);
    assertThat(clock.size()).isZero();
  }

  @Test
  void movesEarlier() {
    deadline.moveIn(100);
    deadline.moveIn(10);
    clock.advance(10);
    assertThat(passed).hasSize(1);
    clock.advance(100);
    assertThat(passed).hasSize(1);
  }

  @Test
  void isSilentOnceClearedOrCancelled() {
    deadline.moveIn(10);
    deadline.clear();
    clock.advance(10);
    deadline.moveIn(10);
    deadline.cancel();
    assertThat(clock.size()).isZero();
    clock.advance(10);
    assertThat(passed).isEmpty();
  }
}
