package io.pushrod.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

class BackoffTest {
  /// Always draws the greatest number.
  private static final RandomGenerator GREATEST =
      new RandomGenerator() {
        @Override
        public long nextLong() {
          return Long.MAX_VALUE;
        }

        @Override
        public long nextLong(long bound) {
          return bound - 1;
        }
      };

  private final Backoff backoff =
      new Backoff(Duration.ofMillis(100), Duration.ofSeconds(1), GREATEST);

  @Test
  void doublesUpToItsEnd() {
    assertThat(backoff.nextMillis(0)).isEqualTo(100);
    assertThat(backoff.nextMillis(0)).isEqualTo(200);
    assertThat(backoff.nextMillis(0)).isEqualTo(400);
    assertThat(backoff.nextMillis(0)).isEqualTo(800);
    for (int i = 0; i < 100; i++) {
      assertThat(backoff.nextMillis(0)).isEqualTo(1000);
    }
  }

  @Test
  void waitsAtLeastAsLongAsTheServerAsks() {
    assertThat(backoff.nextMillis(5000)).isEqualTo(5100);
  }

  @Test
  void startsOverOnceAConnectionHolds() {
    backoff.nextMillis(0);
    backoff.nextMillis(0);

    backoff.reset();

    assertThat(backoff.nextMillis(0)).isEqualTo(100);
  }
}
