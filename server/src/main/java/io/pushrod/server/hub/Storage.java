package io.pushrod.server.hub;

import io.pushrod.server.log.EventType;
import io.pushrod.server.storage.ClusterTopics;
import io.pushrod.server.storage.DiskTopics;
import io.pushrod.server.storage.TopicStore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Where logs outlive the process.
///
/// @param disk has what the shards sequence; null for none
/// @param cluster sequences for many servers; null for none
/// @param residentBytes of a log's newest events that stay in memory beside a store
/// @param emitted what runs may emit besides lifecycle events
/// @param refuseAfterNanos a publisher that waits for the store for longer is told so
public record Storage(
    @Nullable DiskTopics disk,
    @Nullable ClusterTopics cluster,
    long residentBytes,
    Predicate<EventType> emitted,
    long refuseAfterNanos) {

  /// Memory alone.
  public static final Storage NONE = new Storage(null, null, 0, _ -> true);

  /// With publishers that wait for half a minute.
  public Storage(
      @Nullable DiskTopics disk,
      @Nullable ClusterTopics cluster,
      long residentBytes,
      Predicate<EventType> emitted) {
    this(disk, cluster, residentBytes, emitted, TimeUnit.SECONDS.toNanos(30));
  }

  private @Nullable TopicStore store() {
    return disk != null ? disk : cluster;
  }

  /// Whether there is a store.
  boolean isThere() {
    return store() != null;
  }

  /// Why something cannot be stored now; null while all can.
  public @Nullable String obstacle() {
    TopicStore store = store();
    return store == null ? null : store.obstacle();
  }

  /// Whether nothing can be stored now, whatever its topic.
  boolean isOut() {
    TopicStore store = store();
    return store != null && store.isOut();
  }
}
