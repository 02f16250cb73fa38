package io.pushrod.server.backplane;

import io.lettuce.core.RedisCommandExecutionException;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.pushrod.server.config.StorageConfig;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

/// Has an answer wait until as many replicas have what was written as `storage.redis.wait_replicas`
/// says.
///
/// **Thread:** any.
final class Replication {
  private Replication() {}

  /// @param commands of the connection that `written` was sent on: Redis waits for what came by it
  /// @return fails as [RedisFault#NOT_SAFE] when too few have it after half the timeout; it is
  ///   written all the same
  static <T extends @Nullable Object> CompletionStage<T> of(
      StorageConfig.Redis config,
      RedisClusterAsyncCommands<byte[], byte[]> commands,
      CompletionStage<T> written) {
    int replicas = config.waitReplicas();
    if (replicas == 0) {
      return written;
    }
    return written.thenCompose(
        answer ->
            commands
                .waitForReplication(replicas, config.timeoutMillis() / 2)
                .thenCompose(
                    count ->
                        count >= replicas
                            ? CompletableFuture.completedFuture(answer)
                            : CompletableFuture.failedFuture(
                                new RedisCommandExecutionException("NOREPLICAS too few have it"))));
  }
}
