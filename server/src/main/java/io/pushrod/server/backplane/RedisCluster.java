package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.cluster.RedisClusterClient;
import io.lettuce.core.cluster.SlotHash;
import io.lettuce.core.cluster.api.StatefulRedisClusterConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.cluster.event.ClusterTopologyChangedEvent;
import io.lettuce.core.cluster.models.partitions.RedisClusterNode;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A Cluster, of which one server or some are known at first.
///
/// **Thread:** any.
/* For commands the library keeps a connection to each server, and mends it. Sharded channels have a connection of ours to
 * each server that has some of them, which is made anew like that to a single server. */
final class RedisCluster implements Redis {
  /// Stands for the server of a slot that nobody is known to have.
  private static final String NOBODY = "";

  /// A slot has no server that is known.
  static final class NoServer extends RedisException {
    private static final long serialVersionUID = 1L;

    NoServer() {
      super(Obstacle.NO_SLOTS);
    }
  }

  private final ClientResources resources;
  private final RedisClusterClient client;
  private final RedisClient servers;
  private final RedisURI uri;

  /// @param uris at least one
  RedisCluster(ClientResources resources, List<RedisURI> uris, long timeoutMillis) {
    this.resources = resources;
    this.uri = uris.getFirst();
    this.client = RedisClusterClient.create(resources, uris);
    client.setOptions(RedisOptions.cluster(timeoutMillis));
    this.servers = RedisClient.create(resources);
    servers.setOptions(RedisOptions.one(timeoutMillis));
  }

  @Override
  public CompletionStage<Connection> connect() {
    return client
        .refreshPartitionsAsync()
        .thenCompose(_ -> client.connectAsync(ByteArrayCodec.INSTANCE))
        .thenApply(connection -> new Connection(connection, connection.async(), true));
  }

  @Override
  public CompletionStage<?> ping(Connection to) {
    List<CompletableFuture<?>> answers = new ArrayList<>();
    for (RedisClusterNode each : client.getPartitions()) {
      if (!each.getSlots().isEmpty()) {
        answers.add(
            cluster(to)
                .getConnectionAsync(each.getNodeId())
                .thenCompose(connection -> connection.async().ping()));
      }
    }
    return answers.isEmpty()
        ? CompletableFuture.failedFuture(new NoServer())
        : CompletableFuture.allOf(answers.toArray(CompletableFuture[]::new));
  }

  @Override
  public CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> serverOf(
      Connection to, byte[] key) {
    RedisClusterNode node = node(SlotHash.getSlot(key));
    return node == null
        ? CompletableFuture.failedFuture(new NoServer())
        : cluster(to).getConnectionAsync(node.getNodeId()).thenApply(RedisCluster::commands);
  }

  private static RedisClusterAsyncCommands<byte[], byte[]> commands(
      StatefulRedisConnection<byte[], byte[]> connection) {
    return connection.async();
  }

  private static StatefulRedisClusterConnection<byte[], byte[]> cluster(Connection to) {
    return (StatefulRedisClusterConnection<byte[], byte[]>) to.stateful();
  }

  private @Nullable RedisClusterNode node(int slot) {
    return client.getPartitions().getMasterBySlot(slot);
  }

  @Override
  public String serverOf(String channel) {
    RedisClusterNode node = node(SlotHash.getSlot(channel.getBytes(UTF_8)));
    return node == null ? NOBODY : node.getUri().getHost() + ' ' + node.getUri().getPort();
  }

  @Override
  public CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> connectChannels(
      String server) {
    if (server.equals(NOBODY)) {
      return CompletableFuture.failedFuture(new NoServer());
    }
    int space = server.indexOf(' ');
    RedisURI there =
        RedisURI.builder(uri)
            .withHost(server.substring(0, space))
            .withPort(Integer.parseInt(server.substring(space + 1)))
            .build();
    return servers.connectPubSubAsync(ByteArrayCodec.INSTANCE, there);
  }

  @Override
  public boolean isSharded() {
    return true;
  }

  @Override
  public void lookAgain() {
    client.refreshPartitionsAsync();
  }

  @Override
  public void onMoved(Runnable task) {
    resources
        .eventBus()
        .get()
        .filter(ClusterTopologyChangedEvent.class::isInstance)
        .subscribe(_ -> task.run());
  }

  @Override
  public void close() {
    servers.shutdown(0, RedisOptions.END_SECONDS, TimeUnit.SECONDS);
    client.shutdown(0, RedisOptions.END_SECONDS, TimeUnit.SECONDS);
  }
}
