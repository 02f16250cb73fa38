/// What an acknowledged event costs where it is stored: Pushrod's backends, NATS JetStream and
/// Redis' append-only file, one after the other in every block.
///
/// - All get the same payload from as many publishers, each with as many events in flight, to as
///   many topics, and keep as many events.
/// - The wire of the others is spoken by hand, with no more than the measurement needs: a client's
///   own cost is not theirs, and the publishers share one core.
/// - A server's own count of what it stored must be that of the acknowledgements.
@NullMarked
package io.pushrod.bench.storage;

import org.jspecify.annotations.NullMarked;
