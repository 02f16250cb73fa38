/// One budget for what logs and outboxes hold, over all topics and connections.
///
/// - The log's memory is reserved before it is allocated, segment by segment; the budget and its
///   reserve are a hard bound for it.
/// - Everything else is counted by its shard and summed on a shard's tick into one published level.
/// - Knows no log and no connection: they ask it.
@NullMarked
package io.pushrod.server.memory;

import org.jspecify.annotations.NullMarked;
