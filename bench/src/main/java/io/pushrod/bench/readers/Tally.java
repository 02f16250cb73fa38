package io.pushrod.bench.readers;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Base64;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.HdrHistogram.Histogram;

/// What a set of readers saw since the last [#clear].
///
/// **Thread:** the readers' event loop.
final class Tally {
  /// Later than this counts as this.
  private static final long HIGHEST_NANOS = TimeUnit.MINUTES.toNanos(2);

  private static final long SECOND_NANOS = TimeUnit.SECONDS.toNanos(1);
  private static final int SECONDS = 3_600;

  long deliveries;
  long bytes;
  long wireBytes;
  long reads;
  long missing;
  long repeated;
  long altered;
  long malformed;
  long gaps;
  long gapEvents;
  long folded;
  long closed;
  private final long[] perSecond = new long[SECONDS];
  private int lastSecond;
  private long clearedNanos = System.nanoTime();
  final Histogram latencyNanos = latencies();

  /// Counts one delivery at `nowNanos` of [System#nanoTime].
  void delivered(long nowNanos) {
    deliveries++;
    int second = Math.clamp((nowNanos - clearedNanos) / SECOND_NANOS, 0, SECONDS - 1);
    perSecond[second]++;
    lastSecond = Math.max(lastSecond, second);
  }

  void latency(long nanos) {
    latencyNanos.recordValue(Math.clamp(nanos, 0, HIGHEST_NANOS));
  }

  /// One line of `key=value` pairs; the histogram in HdrHistogram's own compressed form.
  String line() {
    return "deliveries=%d bytes=%d wire_bytes=%d reads=%d missing=%d repeated=%d altered=%d malformed=%d gaps=%d gap_events=%d folded=%d closed=%d per_second=%s histogram=%s"
        .formatted(
            deliveries,
            bytes,
            wireBytes,
            reads,
            missing,
            repeated,
            altered,
            malformed,
            gaps,
            gapEvents,
            folded,
            closed,
            Arrays.stream(perSecond, 0, lastSecond + 1)
                .mapToObj(Long::toString)
                .collect(Collectors.joining(",")),
            encoded(latencyNanos));
  }

  /// In HdrHistogram's own compressed form.
  static String encoded(Histogram histogram) {
    ByteBuffer buffer = ByteBuffer.allocate(histogram.getNeededByteBufferCapacity());
    int length = histogram.encodeIntoCompressedByteBuffer(buffer);
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(Arrays.copyOf(buffer.array(), length));
  }

  /// Puts what was recorded so far in place of what `other` has.
  void copyLatencyTo(Histogram other) {
    other.reset();
    other.add(latencyNanos);
  }

  static Histogram latencies() {
    return new Histogram(HIGHEST_NANOS, 3);
  }

  void clear() {
    deliveries = 0;
    bytes = 0;
    wireBytes = 0;
    reads = 0;
    missing = 0;
    repeated = 0;
    altered = 0;
    malformed = 0;
    gaps = 0;
    gapEvents = 0;
    folded = 0;
    closed = 0;
    Arrays.fill(perSecond, 0);
    lastSecond = 0;
    clearedNanos = System.nanoTime();
    latencyNanos.reset();
  }
}
