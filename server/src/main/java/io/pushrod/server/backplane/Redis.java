package io.pushrod.server.backplane;

import io.lettuce.core.api.StatefulConnection;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.pubsub.StatefulRedisPubSubConnection;
import java.util.concurrent.CompletionStage;

/// How connections to a deployment of Redis are made: one server or Sentinel's primary, or a
/// Cluster.
///
/// **Thread:** any.
interface Redis extends AutoCloseable {
  /// A connection for commands. Only itself is equal to it.
  final class Connection {
    private final StatefulConnection<byte[], byte[]> stateful;
    private final RedisClusterAsyncCommands<byte[], byte[]> commands;
    private final boolean mends;

    /// @param mends whether it connects again by itself after it broke
    Connection(
        StatefulConnection<byte[], byte[]> stateful,
        RedisClusterAsyncCommands<byte[], byte[]> commands,
        boolean mends) {
      this.stateful = stateful;
      this.commands = commands;
      this.mends = mends;
    }

    StatefulConnection<byte[], byte[]> stateful() {
      return stateful;
    }

    RedisClusterAsyncCommands<byte[], byte[]> commands() {
      return commands;
    }

    boolean mends() {
      return mends;
    }
  }

  CompletionStage<Connection> connect();

  /// Completes when every server that must answer has done so.
  CompletionStage<?> ping(Connection to);

  /// The commands of the one server that has the slot of `key`.
  CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> serverOf(Connection to, byte[] key);

  /// The server whose subscribers get what is published on a channel; the same text while that is
  /// the same server.
  String serverOf(String channel);

  /// A connection to that server for its channels.
  CompletionStage<StatefulRedisPubSubConnection<byte[], byte[]>> connectChannels(String server);

  /// Whether channels belong to slots.
  boolean isSharded();

  /// Looks again who serves what.
  void lookAgain();

  /// Runs `task` when another server serves something.
  void onMoved(Runnable task);

  @Override
  void close();
}
