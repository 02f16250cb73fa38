package io.pushrod.server.hub;

import io.pushrod.server.log.EventType;
import io.pushrod.server.storage.ClusterTopics;
import io.pushrod.server.storage.DiskTopics;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Where logs outlive the process.
///
/// @param disk has what the shards sequence; null for none
/// @param cluster sequences for many servers; null for none
/// @param residentBytes of a log's newest events that stay in memory beside a store
/// @param emitted what runs may emit besides lifecycle events
public record Storage(
    @Nullable DiskTopics disk,
    @Nullable ClusterTopics cluster,
    long residentBytes,
    Predicate<EventType> emitted) {

  /// Memory alone.
  public static final Storage NONE = new Storage(null, null, 0, _ -> true);

  /// Why nothing can be stored now; null while it can.
  public @Nullable String obstacle() {
    if (disk != null) {
      return disk.obstacle();
    }
    return cluster == null ? null : cluster.obstacle();
  }
}
