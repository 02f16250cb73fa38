package io.pushrod.bench.readers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.bench.run.Door;
import org.junit.jupiter.api.Test;

class EventCheckTest {
  private final EventCheck check = new EventCheck(64, Door.Dialect.NATIVE);
  private final Tally tally = new Tally();

  private long see(String json, long expected) {
    byte[] bytes = ("##" + json).getBytes(US_ASCII);
    return check.onEvent(bytes, 2, bytes.length, expected, 5_000_000, tally);
  }

  private static String event(long sequence) {
    return "{\"id\":\"e-%d\",\"seq\":%d,\"type\":\"t\",\"data\":{\"at\":\"0000000000003000000\"}}"
        .formatted(sequence, sequence);
  }

  private static String gap(long from, long to) {
    return "{\"id\":\"e-%d\",\"topic\":\"t\",\"type\":\"gap\",\"data\":{\"from\":\"e-%d\",\"to\":\"e-%d\"}}"
        .formatted(to, from, to);
  }

  @Test
  void startsAnywhereAndWantsTheNextOne() {
    assertThat(see(event(9), 0)).isEqualTo(10);
    assertThat(see(event(10), 10)).isEqualTo(11);
    assertThat(tally.deliveries).isEqualTo(2);
    assertThat(tally.missing + tally.repeated + tally.altered).isZero();
  }

  @Test
  void countsWhatIsMissing() {
    assertThat(see(event(13), 10)).isEqualTo(14);
    assertThat(tally.missing).isEqualTo(3);
  }

  @Test
  void countsWhatIsRepeated() {
    see(event(9), 10);
    assertThat(tally.repeated).isEqualTo(1);
  }

  @Test
  void noticesOtherBytesUnderTheSameSequence() {
    see(event(7), 7);
    see(event(7).replace("\"t\"", "\"u\""), 7);
    assertThat(tally.altered).isEqualTo(1);
  }

  @Test
  void countsAndTimesWhatAnotherReaderHadToo() {
    assertThat(see(event(7), 7)).isEqualTo(8);
    assertThat(see(event(7), 7)).isEqualTo(8);
    assertThat(tally.deliveries).isEqualTo(2);
    assertThat(tally.bytes).isEqualTo(2L * event(7).length());
    assertThat(tally.latencyNanos.getTotalCount()).isEqualTo(2);
    assertThat(tally.latencyNanos.valuesAreEquivalent(tally.latencyNanos.getMinValue(), 2_000_000))
        .isTrue();
  }

  @Test
  void countsTheSameBytesAsRepeatedWhenTheyComeAgain() {
    see(event(7), 7);
    see(event(7), 8);
    assertThat(tally.repeated).isEqualTo(1);
  }

  @Test
  void acceptsGapsThatNameExactlyWhatIsMissing() {
    assertThat(see(gap(10, 12), 10)).isEqualTo(13);
    assertThat(see(event(13), 13)).isEqualTo(14);
    assertThat(tally.gaps).isEqualTo(1);
    assertThat(tally.gapEvents).isEqualTo(3);
    assertThat(tally.missing + tally.repeated).isZero();
  }

  @Test
  void countsWhatAGapLeavesOut() {
    assertThat(see(gap(12, 14), 10)).isEqualTo(15);
    assertThat(tally.missing).isEqualTo(2);
  }

  @Test
  void takesAFoldedEventForItsWholeRange() {
    assertThat(see("{\"id\":\"e-12\",\"seq\":12,\"from_seq\":10,\"data\":{}}", 10)).isEqualTo(13);
    assertThat(tally.folded).isEqualTo(1);
    assertThat(tally.missing + tally.repeated).isZero();
  }

  @Test
  void passesOverSignals() {
    assertThat(see("{\"topic\":\"t\",\"type\":\"typing\",\"data\":{}}", 10)).isEqualTo(10);
    assertThat(tally.deliveries).isZero();
  }

  @Test
  void measuresFromTheIntendedTime() {
    see(event(1), 0);
    assertThat(tally.line()).contains("deliveries=1").contains("histogram=");
  }
}
