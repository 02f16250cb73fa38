package io.pushrod.server.hub;

import io.pushrod.server.log.Publication;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.BitSet;

/// Hands what is published on a shard's connections to the owners of its topics, and knows what is
/// still under way.
///
/// **Thread:** the shard.
final class Publishing {
  private final Shard shard;
  private final Hub hub;
  private final OwnedTopics owned;
  private final ShardMetrics metrics;
  private final Clock clock;
  private final BitSet owners = new BitSet();
  private final AwaitedBatches awaited = new AwaitedBatches();

  /// Batches that some owner has still to append.
  private int unsettled;

  Publishing(Shard shard, Hub hub, OwnedTopics owned, ShardMetrics metrics, Clock clock) {
    this.shard = shard;
    this.hub = hub;
    this.owned = owned;
    this.metrics = metrics;
    this.clock = clock;
  }

  /// As [Shard#publish] does.
  boolean publish(Batch batch) {
    if (isHeldBack(batch)) {
      return false;
    }
    owners.clear();
    for (int i = 0; i < batch.publications().size(); i++) {
      Publication publication = batch.publications().get(i);
      for (int t = 0; t < publication.topicCount(); t++) {
        owners.set(hub.owner(publication.topic(t)).index());
      }
    }
    int here = shard.index();
    for (int i = owners.nextSetBit(0); i >= 0; i = owners.nextSetBit(i + 1)) {
      if (i != here && !hub.shard(i).hasRoom()) {
        metrics.count(Counter.LIMIT_INBOX_ENTRIES);
        return false;
      }
    }
    batch.expect(Math.max(1, owners.cardinality()));
    unsettled++;
    if (batch.isAwaited() && hub.storage().isThere()) {
      awaited.add(batch, clock.nanos() + hub.storage().refuseAfterNanos());
    }
    if (owners.isEmpty()) {
      shard.done(batch, shard);
      return true;
    }
    for (int i = owners.nextSetBit(0); i >= 0; i = owners.nextSetBit(i + 1)) {
      if (i != here) {
        hub.shard(i).put(new ShardCommand.Publish(batch, shard));
      }
    }
    if (owners.get(here)) {
      shard.catchUp();
      owned.append(batch, shard);
    }
    return true;
  }

  private boolean isHeldBack(Batch batch) {
    if (owned.isFull()) {
      if (batch.holdBack()) {
        metrics.count(Counter.LIMIT_STORAGE);
      }
      return true;
    }
    if (hub.memory().pressure() == Pressure.FULL && batch.waitsForMemory()) {
      if (batch.holdBack()) {
        metrics.count(Counter.LIMIT_MEMORY_BUDGET);
      }
      return true;
    }
    return false;
  }

  /// Answers those who have waited for `storage.refuse_after`.
  void expire(long nowNanos) {
    metrics.count(Counter.LIMIT_REFUSE_AFTER, awaited.expire(nowNanos));
  }

  /// All owners have appended.
  void complete(Batch batch) {
    unsettled--;
    batch.complete();
  }

  boolean isSettled() {
    return unsettled == 0;
  }
}
