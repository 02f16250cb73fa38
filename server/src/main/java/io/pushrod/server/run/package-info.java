/// Runs and messages on their way between those who ask and the workers who do.
///
/// A tenant's [io.pushrod.server.run.Desk] holds its inboxes, its workers and its runs; it belongs
/// to one shard, and everything about them happens there, in order. Three invariants:
///
/// - A request is offered under a lease that is never given twice. What is said under an old one
///   changes nothing.
/// - A run ends once: its last event is written by the desk alone, and its topic takes nothing
///   after it.
/// - What was accepted is never offered again.
///
/// Transports and surfaces reach a desk through [io.pushrod.server.run.Desks], from any thread;
/// answers come on the desk's shard.
@NullMarked
package io.pushrod.server.run;

import org.jspecify.annotations.NullMarked;
