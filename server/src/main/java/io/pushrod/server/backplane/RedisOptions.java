package io.pushrod.server.backplane;

import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.cluster.ClusterClientOptions;
import io.lettuce.core.cluster.ClusterTopologyRefreshOptions;
import java.time.Duration;

/// What the client library is told: fail soon, repeat nothing, queue nothing.
final class RedisOptions {
  static final long END_SECONDS = 2;

  private static final long MAX_CONNECT_MILLIS = 2_000;
  private static final Duration REFRESH = Duration.ofSeconds(5);
  private static final Duration REFRESH_AT_MOST = Duration.ofMillis(500);

  private RedisOptions() {}

  static ClientOptions one(long timeoutMillis) {
    ClientOptions.Builder options = ClientOptions.builder();
    common(options, timeoutMillis);
    return options.autoReconnect(false).build();
  }

  static ClusterClientOptions cluster(long timeoutMillis) {
    ClusterClientOptions.Builder options =
        ClusterClientOptions.builder()
            .validateClusterNodeMembership(false)
            .topologyRefreshOptions(
                ClusterTopologyRefreshOptions.builder()
                    .enablePeriodicRefresh(REFRESH)
                    .adaptiveRefreshTriggersTimeout(REFRESH_AT_MOST)
                    .build());
    common(options, timeoutMillis);
    options.replayFilter(_ -> true);
    return options.build();
  }

  private static void common(ClientOptions.Builder options, long timeoutMillis) {
    Duration connect = Duration.ofMillis(Math.min(timeoutMillis, MAX_CONNECT_MILLIS));
    options
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .timeoutOptions(TimeoutOptions.enabled(Duration.ofMillis(timeoutMillis)))
        .socketOptions(SocketOptions.builder().connectTimeout(connect).keepAlive(true).build())
        .maintNotificationsConfig(MaintNotificationsConfig.disabled());
  }
}
