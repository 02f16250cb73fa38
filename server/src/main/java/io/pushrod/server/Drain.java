package io.pushrod.server;

import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.Goodbyes;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.metrics.Transport;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes a server out of service in order: its doors close, publishers learn what is settled,
/// readers get everything that is, and are told one after the other where to go on.
///
/// Nothing of it waits for longer than the configured time. Interrupting the thread skips to the
/// end.
///
/// **Thread:** whoever stops the server, which must not be an event loop; it waits.
final class Drain {
  private static final Logger log = LoggerFactory.getLogger(Drain.class);

  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(2);

  /// How long readers may take to read why they are to go, and close.
  private static final long LAST_WORDS_NANOS = TimeUnit.MILLISECONDS.toNanos(2_500);

  private final Hub hub;
  private final ServerConfig.Drain config;
  private final List<Channel> doors;
  private final IntSupplier publishers;
  private final MetricsRegistry metrics;
  private final long beginNanos = System.nanoTime();

  /// @param doors the listeners of clients and publishers
  /// @param publishers how many sockets of publishers are open
  Drain(
      Hub hub,
      ServerConfig.Drain config,
      List<Channel> doors,
      IntSupplier publishers,
      MetricsRegistry metrics) {
    this.hub = hub;
    this.config = config;
    this.doors = doors;
    this.publishers = publishers;
    this.metrics = metrics;
  }

  /// Returns when nobody is connected any more, or the time is over.
  void run() {
    long deadline = beginNanos + TimeUnit.MILLISECONDS.toNanos(config.timeoutMillis());
    log.info(
        "draining: {} publishers, {} readers; until {} ms at the latest",
        publishers.getAsInt(),
        connected(Transport.WEBSOCKET) + connected(Transport.SSE),
        config.timeoutMillis());
    serveOn(deadline);
    doors.forEach(door -> door.close().awaitUninterruptibly());
    long publishersNanos = Math.max(0, (deadline - System.nanoTime()) / 2);
    tellPublishers(publishersNanos);
    boolean settled = await(System.nanoTime() + publishersNanos, this::isSettled);
    log.info(
        "draining: {} after {} ms",
        settled ? "everything that was taken is settled" : "not everything is settled",
        elapsedMillis());
    List<Goodbyes> goodbyes = hub.shards().stream().map(Goodbyes::new).toList();
    sayGoodbyes(goodbyes, deadline);
    if (!await(deadline, () -> isEmpty(goodbyes))) {
      onEach(goodbyes, Goodbyes::endStragglers);
      if (metrics.total(Counter.DRAIN_CUT) > 0) {
        await(deadline + LAST_WORDS_NANOS, () -> isEmpty(goodbyes));
      }
    }
    log.info(
        "drained in {} ms; {} readers told, {} cut",
        elapsedMillis(),
        metrics.total(Counter.DRAIN_TOLD),
        metrics.total(Counter.DRAIN_CUT));
  }

  /// While load balancers notice that we are not ready, everything works.
  private void serveOn(long deadline) {
    long until = beginNanos + TimeUnit.MILLISECONDS.toNanos(config.delayMillis());
    await(Math.min(until, deadline), () -> false);
  }

  private void tellPublishers(long publishersNanos) {
    long windowNanos = TimeUnit.MILLISECONDS.toNanos(config.windowMillis());
    for (Shard shard : hub.shards()) {
      run(shard, () -> shard.drain(windowNanos, publishersNanos));
    }
  }

  /// The last one told has time to read it as well.
  private void sayGoodbyes(List<Goodbyes> goodbyes, long deadline) {
    long windowNanos =
        Math.min(
            TimeUnit.MILLISECONDS.toNanos(config.windowMillis()),
            Math.max(0, deadline - System.nanoTime() - LAST_WORDS_NANOS));
    onEach(goodbyes, each -> each.begin(windowNanos));
  }

  private void onEach(List<Goodbyes> goodbyes, Consumer<Goodbyes> task) {
    for (int i = 0; i < goodbyes.size(); i++) {
      Goodbyes each = goodbyes.get(i);
      run(hub.shards().get(i), () -> task.accept(each));
    }
  }

  private boolean isSettled() {
    AtomicBoolean settled = new AtomicBoolean(true);
    for (Shard shard : hub.shards()) {
      run(
          shard,
          () -> {
            if (!shard.isSettled()) {
              settled.set(false);
            }
          });
    }
    return settled.get();
  }

  private boolean isEmpty(List<Goodbyes> goodbyes) {
    return goodbyes.stream().allMatch(Goodbyes::isOver)
        && publishers.getAsInt() == 0
        && connected(Transport.HTTP) == 0;
  }

  /// Sockets that speak `transport` now, as far as they are counted.
  private long connected(Transport transport) {
    long open = 0;
    for (Shard shard : hub.shards()) {
      ShardMetrics of = shard.metrics();
      open += of.opens(transport) - of.handOvers(transport);
      for (CloseReason reason : CloseReason.values()) {
        open -= of.closes(transport, reason);
      }
    }
    return open;
  }

  /// Runs a task on a shard's loop. A loop that is stuck is not waited for until the end of days:
  /// the rest of the server leaves in order.
  private static void run(Shard shard, Runnable task) {
    Future<?> done = shard.loop().submit(task);
    if (!done.awaitUninterruptibly(1, TimeUnit.SECONDS)) {
      log.warn("shard {}: does not answer", shard.index());
    } else if (!done.isSuccess()) {
      log.error("shard {}: a step of the drain failed", shard.index(), done.cause());
    }
  }

  private boolean await(long untilNanos, BooleanSupplier condition) {
    boolean met = condition.getAsBoolean();
    while (!met && System.nanoTime() - untilNanos < 0 && !Thread.currentThread().isInterrupted()) {
      LockSupport.parkNanos(POLL_NANOS);
      met = condition.getAsBoolean();
    }
    return met;
  }

  private long elapsedMillis() {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beginNanos);
  }
}
