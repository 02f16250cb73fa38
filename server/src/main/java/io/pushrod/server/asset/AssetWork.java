package io.pushrod.server.asset;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/// The few threads that wait for stores, and the places of those that they work for.
///
/// Whoever has a place has one task at a time, so places bound the queue. Threads start with the
/// first task.
///
/// **Thread:** any.
final class AssetWork implements AutoCloseable {
  private static final long CLOSE_SECONDS = 5;

  private final int places;
  private final int placesOfATenant;
  private final ConcurrentHashMap<String, Integer> ofTenants = new ConcurrentHashMap<>();
  private final AtomicInteger taken = new AtomicInteger();
  private final ThreadPoolExecutor threads;
  private final ShardMetrics metrics;

  /// @param metrics nobody else's
  AssetWork(AssetSettings settings, ShardMetrics metrics) {
    this.places = settings.transfers();
    this.placesOfATenant = settings.transfersPerTenant();
    this.metrics = metrics;
    AtomicInteger number = new AtomicInteger();
    ThreadFactory daemons =
        task -> {
          Thread thread = new Thread(task, "assets-" + number.incrementAndGet());
          thread.setDaemon(true);
          return thread;
        };
    this.threads =
        new ThreadPoolExecutor(
            settings.threads(),
            settings.threads(),
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            daemons);
  }

  /// Takes a place, which is to be [left][#leave].
  ///
  /// @throws RequestException `RATE_LIMITED` if the tenant has none left, `OVERLOADED` if nobody
  ///   has
  void enter(String tenant) {
    if (ofTenants.merge(tenant, 1, Integer::sum) > placesOfATenant) {
      leaveTenant(tenant);
      count(Counter.LIMIT_ASSET_TRANSFERS_PER_TENANT);
      throw new RequestException(
          ErrorCode.RATE_LIMITED,
          "transfers: too many at a time (expected: <= " + placesOfATenant + ")");
    }
    if (taken.getAndUpdate(n -> n < places ? n + 1 : n) >= places) {
      leaveTenant(tenant);
      count(Counter.LIMIT_ASSET_TRANSFERS);
      throw new RequestException(
          ErrorCode.OVERLOADED, "assets: too many transfers (expected: again in a moment)");
    }
  }

  void leave(String tenant) {
    taken.decrementAndGet();
    leaveTenant(tenant);
  }

  private void leaveTenant(String tenant) {
    ofTenants.compute(tenant, (_, n) -> n == null || n <= 1 ? null : n - 1);
  }

  int taken() {
    return taken.get();
  }

  /// @throws java.util.concurrent.RejectedExecutionException once it is closed
  void execute(Runnable task) {
    threads.execute(task);
  }

  void count(Counter counter) {
    synchronized (metrics) {
      metrics.count(counter);
    }
  }

  /// Lets what was begun come to its end, for some seconds.
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(CLOSE_SECONDS, TimeUnit.SECONDS)) {
        var _ = threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
