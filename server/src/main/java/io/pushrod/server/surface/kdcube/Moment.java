package io.pushrod.server.surface.kdcube;

import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.ShardMetrics;

/// When something is asked, and whose counters it moves.
///
/// **Thread:** the shard's.
record Moment(long millis, ShardMetrics metrics) {
  static Moment of(Shard shard) {
    return new Moment(shard.clock().millis(), shard.metrics());
  }
}
