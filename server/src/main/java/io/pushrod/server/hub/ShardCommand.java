package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.log.EventType;

/// What other shards put in a shard's bounded inbox.
sealed interface ShardCommand {
  /// Append the publications whose topics this shard owns.
  record Publish(Batch batch, Shard origin) implements ShardCommand {}

  /// Pass a signal on to the readers here; the command holds a reference to `json`.
  record Signal(ShardTopic topic, EventType type, ByteBuf json) implements ShardCommand {}
}
