package io.pushrod.server.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.LongRange;

class LatencyBucketsTest {
  @Property
  void putsEveryLatencyUnderTheFirstBoundThatHoldsIt(
      @ForAll @LongRange(min = 1, max = 20_000_000_000L) long nanos) {
    int bucket = LatencyBuckets.indexOf(nanos);
    assertThat(nanos / 1e9).isLessThanOrEqualTo(LatencyBuckets.upperSeconds(bucket));
    if (bucket > 0) {
      assertThat(nanos / 1e9).isGreaterThan(LatencyBuckets.upperSeconds(bucket - 1));
    }
  }

  @Property
  void keepsTheBoundsThemselves(@ForAll @LongRange(min = 0, max = 18) long bucket) {
    double bound = LatencyBuckets.upperSeconds((int) bucket);
    assertThat(LatencyBuckets.indexOf(Math.round(bound * 1e9))).isEqualTo((int) bucket);
    assertThat(LatencyBuckets.indexOf(Math.round(bound * 1e9) + 1)).isEqualTo((int) bucket + 1);
  }

  @Property
  void takesWhatIsNotPositiveForInstant(@ForAll @LongRange(max = 0) long nanos) {
    assertThat(LatencyBuckets.indexOf(nanos)).isZero();
  }
}
