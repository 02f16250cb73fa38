/// Compresses events once for all readers of a shard who asked for it, and inflates what clients
/// send compressed.
///
/// - Each event is compressed by itself: it refers to no other, so readers that come, go and filter
///   share its bytes, and its length tells of no other event.
/// - No connection has a deflater, an inflater or a window; a shard has at most one of each, from
///   the first time that it needs it.
@NullMarked
package io.pushrod.server.compression;

import org.jspecify.annotations.NullMarked;
