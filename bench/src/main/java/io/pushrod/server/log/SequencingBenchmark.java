package io.pushrod.server.log;

import io.pushrod.bench.jmh.Samples;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.IntStream;
import org.jctools.queues.MpscArrayQueue;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Threads;
import org.openjdk.jmh.annotations.Warmup;

/// Two event loops that take in batches for topics of both: the topic's owner appends what the
/// other hands over (how the server does it), or whoever has the batch appends it under the topic's
/// lock (rejected).
///
/// Every invocation takes in one batch for a random topic. With owners it also appends what waits
/// in its own inbox, so that in the long run both loops append as many events as they take in.
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Threads(2)
@Fork(2)
@Warmup(iterations = 4, time = 1)
@Measurement(iterations = 5, time = 1)
public class SequencingBenchmark {
  private static final int BATCH = 16;
  private static final int INBOX = 1024;
  private static final int MOST_TRIES = 100_000;

  /// Topics and inboxes of both loops.
  @State(Scope.Benchmark)
  public static class Loops {
    @Param({"1", "2", "1000"})
    int topics;

    private final Publication publication = Samples.publication();
    private final AtomicInteger started = new AtomicInteger();
    private TopicLog[] logs = {};
    private ReentrantLock[] locks = {};
    private MpscArrayQueue<Integer>[] inboxes = inboxes();

    @SuppressWarnings({"unchecked", "rawtypes"}) // an array of generics
    private static MpscArrayQueue<Integer>[] inboxes() {
      return new MpscArrayQueue[] {
        new MpscArrayQueue<Integer>(INBOX), new MpscArrayQueue<Integer>(INBOX)
      };
    }

    @Setup
    public void setUp() {
      logs =
          IntStream.range(0, topics)
              .mapToObj(i -> Samples.log(Samples.retention()))
              .toArray(TopicLog[]::new);
      locks =
          IntStream.range(0, topics)
              .mapToObj(i -> new ReentrantLock())
              .toArray(ReentrantLock[]::new);
      inboxes = inboxes();
    }

    private void append(int topic) {
      TopicLog log = logs[topic];
      for (int i = 0; i < BATCH; i++) {
        log.append(publication, null, Samples.NOW_MILLIS);
      }
    }

    private void drain(int loop) {
      for (Integer topic = inboxes[loop].poll(); topic != null; topic = inboxes[loop].poll()) {
        append(topic);
      }
    }
  }

  /// Which of the two loops a thread is.
  @State(Scope.Thread)
  public static class Self {
    private int loop;

    @Setup
    public void setUp(Loops loops) {
      loop = loops.started.getAndIncrement() & 1;
    }
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void ownerAppends(Loops loops, Self self) {
    int topic = ThreadLocalRandom.current().nextInt(loops.topics);
    int owner = topic & 1;
    if (owner == self.loop) {
      loops.append(topic);
    } else {
      // The other thread may have ended its last iteration; its inbox then stays full.
      for (int tries = 0; !loops.inboxes[owner].offer(topic) && tries < MOST_TRIES; tries++) {
        loops.drain(self.loop);
        Thread.onSpinWait();
      }
    }
    loops.drain(self.loop);
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public void anyoneAppendsUnderALock(Loops loops) {
    int topic = ThreadLocalRandom.current().nextInt(loops.topics);
    ReentrantLock lock = loops.locks[topic];
    lock.lock();
    try {
      loops.append(topic);
    } finally {
      lock.unlock();
    }
  }
}
