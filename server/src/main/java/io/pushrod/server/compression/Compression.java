package io.pushrod.server.compression;

import io.pushrod.server.metrics.ShardMetrics;
import java.util.List;

/// The compressors of all shards.
///
/// **Thread:** any, but each compressor belongs to its shard.
public final class Compression implements AutoCloseable {
  private final CompressionSettings settings;
  private final List<Compressor> shards;

  /// @param shards the counters of each shard, in order
  public Compression(CompressionSettings settings, List<ShardMetrics> shards) {
    this.settings = settings;
    this.shards =
        shards.stream()
            .map(metrics -> new Compressor(settings.level(), settings.minBytes(), metrics))
            .toList();
  }

  public CompressionSettings settings() {
    return settings;
  }

  /// The compressors in the order of the shards.
  public List<Compressor> shards() {
    return shards;
  }

  /// Frees native memory. The shards' loops have ended.
  @Override
  public void close() {
    shards.forEach(Compressor::close);
  }
}
