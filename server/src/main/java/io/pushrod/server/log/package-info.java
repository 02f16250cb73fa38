/// Topic logs: one ordered, bounded history per topic, written by one thread and read by many.
///
/// - A log has one owner shard. Only the owner appends, trims and deduplicates; any thread reads
///   below the published tail.
/// - Sequences start at 1 and have no holes. What is published never changes and never moves.
/// - Memory is bounded by [Retention]; a reader holds a segment only while it copies or writes from
///   it.
/// - Bytes are stored once, as WebSocket text frames back to back, so that what a reader lacks is
///   one contiguous range.
@NullMarked
package io.pushrod.server.log;

import org.jspecify.annotations.NullMarked;
