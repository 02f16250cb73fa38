package io.pushrod.server.log;

import io.pushrod.bench.jmh.Samples;
import io.pushrod.bench.jmh.StoredFormat;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventRange;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/// A topic's log: what publishing adds, what a reader takes, what retention lets go.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class LogBenchmark {
  public static final int MANY = 64;
  private static final int EVENTS = 1_000;
  private static final int ANY_BYTES = 1 << 20;

  private final Publication publication = Samples.publication();

  /// State: a log at the bound of the default retention once as much was appended, so that each
  /// append trims one event.
  private final TopicLog growing = Samples.log(Samples.retention());

  /// State: a log of 1,000 events, read in its middle.
  private final TopicLog full = Samples.log(EVENTS);

  /// State: a log whose events are trimmed as soon as the clock moves on.
  private final TopicLog passing = Samples.log(new Retention(1 << 20, EVENTS, 1, 0));

  private final EventRange range = new EventRange(Samples.allocator());
  private long passingMillis = Samples.NOW_MILLIS;

  @TearDown
  public void tearDown() {
    range.close();
    growing.close();
    full.close();
    passing.close();
  }

  @Benchmark
  public long append() {
    return growing.append(publication, null, Samples.NOW_MILLIS);
  }

  @Benchmark
  public int readOne() {
    return read(EVENTS / 2, EVENTS / 2 + 1);
  }

  /// One range of 64 events; time and bytes are per event.
  @Benchmark
  @OperationsPerInvocation(MANY)
  public int readMany() {
    return read(EVENTS / 2, EVENTS / 2 + MANY);
  }

  private int read(long cursor, long until) {
    if (!range.read(full, cursor, until, StoredFormat.INSTANCE, EventFilter.ALL, ANY_BYTES)) {
      throw new IllegalStateException("range: empty (expected: events)");
    }
    int length = range.length() + range.events();
    range.release();
    return length;
  }

  /// 64 events appended and then trimmed at once, by age; time and bytes are per event.
  @Benchmark
  @OperationsPerInvocation(MANY)
  public long appendThenTrim() {
    for (int i = 0; i < MANY; i++) {
      passing.append(publication, null, passingMillis);
    }
    passingMillis += 2;
    passing.trim(passingMillis);
    return passing.firstSequence();
  }
}
