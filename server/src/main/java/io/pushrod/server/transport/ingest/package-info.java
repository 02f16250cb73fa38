/// The ingest port: services publish, and take requests as workers, over a binary protocol
/// (docs/ingest-protocol.md).
///
/// - Every event is settled exactly once: by a sequence for each topic, or by a reject. Acks are
///   cumulative and in order.
/// - What a producer may have in flight is bounded by its window, so what it can make us hold is
///   too.
/// - A settle counts behind everything that its worker has published before it.
/// - One connection a producer: a newer one replaces it, a newer epoch fences it.
@NullMarked
package io.pushrod.server.transport.ingest;

import org.jspecify.annotations.NullMarked;
