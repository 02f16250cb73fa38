/// Topics that are fed from Redis channels while somebody reads them.
///
/// A row of the configuration names a Redis, a tenant and a shape of topics. As long as a topic of
/// that shape has readers here, its channel is subscribed once, however many they are. Invariants:
///
/// - All that a row knows, the thread `relay` alone reads and writes. Shards tell it of readers,
///   Redis of messages; both only hand over. So what is subscribed in the end is what the last of
///   these said, in whatever order they came.
/// - What waits is bounded in bytes per row. Producers cannot be held back through Pub/Sub: what
///   finds no room is dropped and counted.
/// - A URL, which may hold a password, and a message reach neither a log nor an error.
/// - Nothing of this package, and nothing of Redis, is loaded on a server without rows.
@NullMarked
package io.pushrod.server.relay;

import org.jspecify.annotations.NullMarked;
