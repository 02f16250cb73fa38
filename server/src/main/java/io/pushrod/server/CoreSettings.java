package io.pushrod.server;

import io.netty.util.internal.PlatformDependent;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.Network;
import io.pushrod.server.config.PresenceConfig;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.log.Retention;
import io.pushrod.server.net.Transports;
import io.pushrod.server.presence.PresenceSettings;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.quota.SocketSeats;
import io.pushrod.server.quota.UserSeats;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.SocketWriters;
import java.util.List;
import java.util.Objects;

/// What the core is told of the configuration, which it does not know.
final class CoreSettings {
  /// An inbox keeps a place for every shard; with less room it would never take anything.
  private static final int INBOX_ENTRIES_PER_SHARD = 4;

  private CoreSettings() {}

  static HubSettings hub(
      ServerConfig config, Readership readership, Transports transports, int shards) {
    return new HubSettings(
        retention(config.retention()),
        config.env(),
        config.limits().producersPerTopic(),
        Math.max(config.limits().inboxEntries(), INBOX_ENTRIES_PER_SHARD * shards),
        config.limits().outboxEntries(),
        config.limits().outboxBytes(),
        config.fold().thresholdBytes(),
        config.timeouts().writeProgressNanos(),
        transports == Transports.EPOLL ? SocketWriters.EPOLL : SocketWriters.NETTY,
        readership,
        presence(config.presence()));
  }

  static Retention retention(ServerConfig.Retention of) {
    return new Retention(of.bytes(), of.events(), of.ageMillis(), of.lifecycleBytes());
  }

  /// @throws ConfigException when `auth.owned_topics` are none
  static Readership readership(ServerConfig config) {
    return new Readership(topics("auth.owned_topics", config.auth().ownedTopics()));
  }

  private static PresenceSettings presence(PresenceConfig of) {
    return new PresenceSettings(
        topics("presence.topics", of.topics()),
        of.membersPerTopic(),
        of.leaveDelayNanos(),
        of.stateBytes(),
        of.pageMembers());
  }

  private static Grants topics(String key, List<String> patterns) {
    try {
      return Grants.of(patterns);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          key + ": " + patterns + " (expected: topics, patterns such as thread/*, or \"*\")");
    }
  }

  static Quotas quotas(ServerConfig config) {
    ServerConfig.Quotas of = config.quotas();
    List<Network> proxies =
        config.http().trustedProxies().stream()
            .map(text -> Objects.requireNonNull(Network.parse(text)))
            .toList();
    return new Quotas(
        new SocketSeats(of.connections(), of.connectionsPerAddress(), proxies),
        new UserSeats(of.connectionsPerUser(), of.connectionsPerTenant()),
        new PublishRates(of.publishPerSecond(), of.publishBurst()));
  }

  /// Half of what the JVM may use off the heap, unless it is said.
  static long budgetBytes(ServerConfig config) {
    long said = config.memory().budgetBytes();
    return said > 0 ? said : Math.max(1, PlatformDependent.maxDirectMemory() / 2);
  }
}
