package io.pushrod.server.storage.disk;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.function.Supplier;

/// A few threads that read, and a bounded queue before them, so that no reader holds up a writer.
///
/// **Thread:** any.
final class Readings implements AutoCloseable {
  /// One look-up or page. **Thread:** one of these.
  interface Reading {
    void read(ShardMetrics metrics);
  }

  private static final Reading END = _ -> {};

  private final ArrayBlockingQueue<Reading> queue;
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean closed;

  Readings(int count, int bound, Supplier<ShardMetrics> metrics) {
    this.queue = new ArrayBlockingQueue<>(bound);
    for (int i = 0; i < count; i++) {
      ShardMetrics own = metrics.get();
      threads.add(Thread.ofPlatform().name("disk-read-" + i).daemon(true).start(() -> run(own)));
    }
  }

  /// @return false when too many wait, or it is closed
  boolean offer(Reading reading) {
    return !closed && queue.offer(reading);
  }

  private void run(ShardMetrics metrics) {
    while (!closed) {
      try {
        queue.take().read(metrics);
      } catch (InterruptedException e) {
        return;
      } catch (RuntimeException e) {
        metrics.count(Counter.INTERNAL_ERRORS);
        org.slf4j.LoggerFactory.getLogger(Readings.class).error("Disk: a reading failed", e);
      }
    }
  }

  /// Returns when no thread reads any more; what waits is not read.
  @Override
  public void close() {
    closed = true;
    queue.clear();
    threads.forEach(_ -> queue.offer(END));
    boolean interrupted = false;
    for (Thread thread : threads) {
      while (thread.isAlive()) {
        try {
          thread.join();
        } catch (InterruptedException e) {
          interrupted = true;
        }
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
