package io.pushrod.bench.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class KneeSearchTest {
  /// Tries rates on a server that holds those up to `limit`.
  private static List<Integer> tried(KneeSearch search, int limit) {
    List<Integer> tried = new ArrayList<>();
    for (OptionalInt next = search.next(); next.isPresent(); next = search.next()) {
      int rate = next.getAsInt();
      tried.add(rate);
      if (rate <= limit) {
        search.onHeld(rate);
      } else {
        search.onFailed(rate);
      }
    }
    return tried;
  }

  @Test
  void climbsByAQuarterThenHalvesTheDistance() {
    KneeSearch search = new KneeSearch(100, 1000);
    assertThat(tried(search, 180)).containsExactly(100, 125, 157, 197, 177, 187, 182);
    assertThat(search.knee()).isEqualTo(177);
    assertThat(search.isBounded()).isTrue();
  }

  @Test
  void comesWithinThreePercentOfAnyLimit() {
    for (int limit = 100; limit < 1000; limit++) {
      KneeSearch search = new KneeSearch(100, 1000);
      tried(search, limit);
      assertThat(search.knee()).isBetween((int) (limit / 1.03) - 1, limit);
    }
  }

  @Test
  void takesNoMoreRatesThanItSays() {
    for (int limit = 0; limit < 1100; limit++) {
      KneeSearch search = new KneeSearch(100, 1000);
      assertThat(tried(search, limit)).hasSizeLessThanOrEqualTo(search.mostSteps());
    }
    assertThat(new KneeSearch(100, 1000).mostSteps()).isLessThan(25);
  }

  @Test
  void goesDownWhenEvenTheFirstRateIsTooHigh() {
    KneeSearch search = new KneeSearch(100, 1000);
    tried(search, 30);
    assertThat(search.knee()).isBetween(28, 30);
  }

  @Test
  void endsWithoutAKneeWhenNothingHolds() {
    KneeSearch search = new KneeSearch(100, 1000);
    tried(search, 0);
    assertThat(search.knee()).isZero();
  }

  @Test
  void isNotBoundedWhenAllRatesHold() {
    KneeSearch search = new KneeSearch(100, 1000);
    assertThat(tried(search, 5000)).endsWith(1000);
    assertThat(search.knee()).isEqualTo(1000);
    assertThat(search.isBounded()).isFalse();
  }

  @Test
  void refusesRatesThatDescend() {
    assertThatThrownBy(() -> new KneeSearch(100, 99)).isInstanceOf(BenchException.class);
  }
}
