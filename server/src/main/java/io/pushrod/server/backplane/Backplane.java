package io.pushrod.server.backplane;

import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.log.EventType;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What all topics share.
///
/// @param emitted what a log stores, besides lifecycle events, once it keeps some types only
/// @param waitingBytes of records that are not acknowledged yet
record Backplane(
    RedisLink link,
    StorageConfig.Redis config,
    Predicate<EventType> emitted,
    Health health,
    AtomicLong waitingBytes) {

  /// The command that tells followers of a topic.
  byte[] publishCommand() {
    return Script.text(link.isSharded() ? "SPUBLISH" : "PUBLISH");
  }

  /// Writes something of a topic; completes when as many replicas have it as must.
  <T extends @Nullable Object> CompletionStage<T> write(
      TopicNames names,
      int lane,
      Function<RedisClusterAsyncCommands<byte[], byte[]>, CompletionStage<T>> command) {
    if (config.waitReplicas() == 0) {
      return command.apply(link.commands(lane));
    }
    return link.serverOf(names.meta(), lane)
        .thenCompose(commands -> Replication.of(config, commands, command.apply(commands)));
  }
}
