package io.pushrod.server.hub;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class GoodbyePaceTest {
  @Property
  void spreadsGoodbyesEvenlyAndEndsWithTheWindow(
      @ForAll @IntRange(min = 0, max = 100_000) int total,
      @ForAll long beginNanos,
      @ForAll @LongRange(min = 1, max = 3_600_000_000_000L) long windowNanos,
      @ForAll @IntRange(min = 0, max = 100) int percent) {
    GoodbyePace pace = new GoodbyePace(total, beginNanos, windowNanos);
    long elapsed = windowNanos / 100 * percent;
    double even = (double) total * elapsed / windowNanos;
    assertThat((double) pace.due(beginNanos + elapsed))
        .isBetween(Math.min(total, Math.floor(even)), Math.min(total, even + 1));
    assertThat(pace.due(beginNanos + windowNanos)).isEqualTo(total);
  }

  @Property
  void saysAllAtOnceWithoutAWindow(
      @ForAll @IntRange(min = 0, max = 100_000) int total, @ForAll long beginNanos) {
    assertThat(new GoodbyePace(total, beginNanos, 0).due(beginNanos)).isEqualTo(total);
  }
}
