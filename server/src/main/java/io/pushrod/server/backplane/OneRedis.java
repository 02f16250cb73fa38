package io.pushrod.server.backplane;

import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import io.lettuce.core.resource.ClientResources;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/// One server, or the primary that Sentinel names at the time.
///
/// **Thread:** any.
/* Connections are not mended but made anew, so that Sentinel is asked again, and what was under way fails at once instead
 * of being repeated behind the back of who sent it. */
final class OneRedis implements Redis {
  private static final String THE_SERVER = "";

  private final RedisClient client;
  private final RedisURI uri;

  OneRedis(ClientResources resources, RedisURI uri, long timeoutMillis) {
    this.client = RedisClient.create(resources);
    this.uri = uri;
    client.setOptions(RedisOptions.one(timeoutMillis));
  }

  @Override
  public CompletionStage<Connection> connect() {
    return client
        .connectAsync(ByteArrayCodec.INSTANCE, uri)
        .thenApply(connection -> new Connection(connection, connection.async(), false));
  }

  @Override
  public CompletionStage<?> ping(Connection to) {
    return to.commands().ping();
  }

  @Override
  public CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> serverOf(
      Connection to, byte[] key) {
    return CompletableFuture.completedFuture(to.commands());
  }

  @Override
  public String serverOf(String channel) {
    return THE_SERVER;
  }

  @Override
  public CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> connectChannels(
      String server) {
    return client.connectPubSubAsync(ByteArrayCodec.INSTANCE, uri);
  }

  @Override
  public boolean isSharded() {
    return false;
  }

  @Override
  public void lookAgain() {}

  @Override
  public void onMoved(Runnable task) {}

  @Override
  public void close() {
    client.shutdown(0, RedisOptions.END_SECONDS, TimeUnit.SECONDS);
  }
}
