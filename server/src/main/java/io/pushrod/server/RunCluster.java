package io.pushrod.server;

import io.pushrod.server.backplane.ClusterBus;
import io.pushrod.server.backplane.DeskLocks;
import io.pushrod.server.backplane.RedisLink;
import io.pushrod.server.backplane.RedisRuns;
import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.ClusterSettings;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunSettings;
import io.pushrod.server.run.wire.Wire;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The desks that servers with one Redis have together, with their clerk's thread.
///
/// **Thread:** any.
final class RunCluster implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RunCluster.class);
  private static final long TICK_MILLIS = 50;
  private static final long LEAVE_SECONDS = 4;

  private final ScheduledExecutorService clerk =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("desks").factory());
  private final ClusterBus bus;
  private final RedisRuns store;
  private final Desks desks;

  RunCluster(
      RedisLink link,
      ClusterBus bus,
      StorageConfig.Redis config,
      Hub hub,
      RunSettings settings,
      EventTypes types,
      Clock clock,
      ShardMetrics metrics) {
    this.bus = bus;
    this.store = new RedisRuns(link, metrics);
    this.desks =
        Desks.shared(
            hub,
            settings,
            types,
            store,
            new BusWire(bus),
            new DeskLocks(link, config.nodeTtlMillis()),
            ClusterSettings.within(config.timeoutMillis()),
            clock,
            this::execute,
            metrics);
    var _ =
        clerk.scheduleWithFixedDelay(desks::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void execute(Runnable task) {
    try {
      clerk.execute(task);
    } catch (RejectedExecutionException e) {
      log.debug("The clerk has ended", e);
    }
  }

  Desks desks() {
    return desks;
  }

  /// Gives the desks away, if another server is there to take them: what goes on here is then done
  /// there.
  void leave() {
    if (bus.nodes().size() > 1) {
      leaveNow();
    }
  }

  private void leaveNow() {
    try {
      desks.leave().get(LEAVE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.warn("Not all desks were given away; others take them when their leases are over");
    }
  }

  /// Gives away the desks that are still here, and ends.
  @Override
  public void close() {
    leaveNow();
    store.close();
    clerk.shutdown();
  }

  /// The bus as the desks see it.
  private record BusWire(ClusterBus bus) implements Wire {
    private static final String KIND = "runs";

    @Override
    public String node() {
      return bus.node();
    }

    @Override
    public Set<String> nodes() {
      return bus.nodes();
    }

    @Override
    public void send(String node, byte[] message) {
      bus.send(node, KIND, message);
    }

    @Override
    public void listen(Listener listener) {
      bus.on(KIND, listener::onMessage);
      bus.onNodes(listener::onNodes);
      bus.onReconnected(listener::onReconnected);
    }
  }
}
