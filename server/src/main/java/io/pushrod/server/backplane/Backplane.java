package io.pushrod.server.backplane;

import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.log.EventType;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Predicate;

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
}
