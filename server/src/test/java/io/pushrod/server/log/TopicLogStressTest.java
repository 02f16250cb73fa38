package io.pushrod.server.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.support.LogFixture;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// One owner that appends and trims, one reader on another thread.
class TopicLogStressTest {
  private static final int EVENTS = 100_000;

  @Test
  @Timeout(60)
  void showsAReaderEveryEventWholeAndInOrderOrTrimmed() {
    LogFixture fixture = new LogFixture(new Retention(64 * 1024, 300, 1 << 30, 4096));
    CompletableFuture<long[]> reader = CompletableFuture.supplyAsync(() -> read(fixture.log));
    for (int i = 1; i <= EVENTS; i++) {
      fixture.append(i % 50 == 0 ? "run_end" : "note", payload(i));
    }
    long[] readAndTrimmed = reader.join();
    assertThat(readAndTrimmed[0] + readAndTrimmed[1]).isEqualTo(EVENTS);
    assertThat(readAndTrimmed[0]).isPositive();
    fixture.log.close();
    assertThat(fixture.usedBytes()).isZero();
  }

  private static String payload(long sequence) {
    return "\"" + sequence + "-" + "y".repeat((int) (sequence % 700)) + "\"";
  }

  private static long[] read(TopicLog log) {
    long read = 0;
    long trimmed = 0;
    long next = 1;
    while (next <= EVENTS) {
      long first = log.firstSequence();
      if (next < first) {
        trimmed += first - next;
        next = first;
      }
      Segment segment = log.acquire(next);
      if (segment == null) {
        Thread.onSpinWait();
        continue;
      }
      try {
        for (; next <= segment.lastSequence(); next++) {
          check(segment, next);
          read++;
        }
      } finally {
        segment.release();
      }
    }
    return new long[] {read, trimmed};
  }

  private static void check(Segment segment, long sequence) {
    int index = (int) (sequence - segment.firstSequence());
    int start = segment.start(index);
    String text =
        segment.bytes().toString(start, segment.endOf(index) - start, StandardCharsets.US_ASCII);
    if (!text.contains("\"id\":\"1z-" + sequence + "\"")
        || !text.endsWith(",\"data\":" + payload(sequence) + "}")) {
      throw new AssertionError("sequence " + sequence + ": " + text);
    }
  }
}
