package io.pushrod.server;

import io.pushrod.server.backplane.ClusterBus;
import io.pushrod.server.backplane.ClusterSeats;
import io.pushrod.server.backplane.RedisLink;
import io.pushrod.server.backplane.RedisPresence;
import io.pushrod.server.backplane.SharedMap;
import io.pushrod.server.config.PresenceConfig;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.quota.UserSeats;
import io.pushrod.server.run.RunSettings;
import io.pushrod.server.storage.SharedRecords;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What servers that share a Redis have in common besides topics; a server alone shares nothing.
///
/// **Thread:** any.
final class Cluster implements AutoCloseable {
  private final @Nullable RedisLink link;
  private final @Nullable ClusterBus bus;
  private final PresenceConfig presence;

  private Cluster(@Nullable RedisLink link, @Nullable ClusterBus bus, PresenceConfig presence) {
    this.link = link;
    this.bus = bus;
    this.presence = presence;
  }

  /// @param link null for a server alone
  static Cluster start(
      @Nullable RedisLink link, ServerConfig config, MetricsRegistry metrics, Clock clock) {
    if (link == null) {
      return new Cluster(null, null, config.presence());
    }
    ClusterBus bus =
        ClusterBus.start(
            link, config.storage().redis().nodeTtlMillis(), metrics.shard(), clock::nanos);
    metrics.gauge(
        "pushrod_cluster_nodes",
        "Servers that share the Redis, with this one.",
        () -> bus.nodes().size());
    return new Cluster(link, bus, config.presence());
  }

  /// Null for a server alone.
  @Nullable ClusterBus bus() {
    return bus;
  }

  /// Records that all servers have in common.
  ///
  /// @param name which ones
  SharedRecords records(String name) {
    return link == null || bus == null ? SharedRecords.ALONE : new SharedMap(link, bus, name);
  }

  /// Counts connections of users and tenants over all servers.
  void countSeats(UserSeats seats) {
    if (bus != null) {
      ClusterSeats.start(bus, seats);
    }
  }

  /// Counts who is on topics over all servers.
  void countPresence(Hub hub) {
    if (link != null && bus != null) {
      hub.tell(
          RedisPresence.start(
              link,
              bus,
              presence.membersPerTopic(),
              hub::announce,
              () -> hub.shards().forEach(shard -> shard.presence().retell())));
    }
  }

  /// Desks that all servers have together; null for a server alone.
  @Nullable RunCluster runs(
      ServerConfig config,
      Hub hub,
      RunSettings settings,
      EventTypes types,
      Clock clock,
      ShardMetrics metrics) {
    return link == null || bus == null
        ? null
        : new RunCluster(link, bus, config.storage().redis(), hub, settings, types, clock, metrics);
  }

  /// Says goodbye to the others: whoever was here has somewhere to go by now.
  @Override
  public void close() {
    if (bus != null) {
      bus.leave(TimeUnit.NANOSECONDS.toMillis(presence.leaveDelayNanos()));
      bus.close();
    }
  }
}
