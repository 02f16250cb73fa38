/// Shards, sequencing, fan-out and replay: the API that transports see.
///
/// - One [Shard] per event loop owns its connections, its subscription index and the logs of the
///   topics that hash to it.
/// - Threads meet in two places: a shard's inboxes, and a log's published tail. Rare control (a
///   topic gets its first reader on a shard, or loses its last) goes through the event loop's own
///   task queue.
/// - Replay and live are one path: subscribing is setting a cursor.
/// - What is appended during a pass goes out in the next one, so bursts coalesce without any timer.
@NullMarked
package io.pushrod.server.hub;

import org.jspecify.annotations.NullMarked;
