package io.pushrod.server.relay;

import io.pushrod.server.config.RelayConfig;
import org.jspecify.annotations.Nullable;

/// What the producers of one system publish, and where.
///
/// **Thread:** any; immutable.
sealed interface Producers permits KdcubeProducers, DockrionProducers, NorthstarProducers {
  static Producers of(RelayConfig row) {
    return switch (row.kind()) {
      case KDCUBE -> KdcubeProducers.of(row);
      case DOCKRION -> new DockrionProducers(TopicPattern.of(row.topic()));
      case NORTHSTAR -> new NorthstarProducers(TopicPattern.of(row.topic()));
    };
  }

  /// The channel that feeds a topic; null when none does.
  @Nullable String channel(String topic);

  /// The key of the Redis stream that keeps what was published on a topic's channel, each entry
  /// with the message in its field `data`; null when nothing does.
  default @Nullable String history(String topic) {
    return null;
  }

  /// Reads one message of a topic's channel.
  ///
  /// @return null when it is not what this system's producers publish there
  @Nullable Relayed read(String topic, Fields message);
}
