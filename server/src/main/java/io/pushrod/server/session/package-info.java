/// What a connection is to the core: its socket, its outbox, its subscriptions and who is behind
/// it.
///
/// - A connection lives on one shard; only that shard's event loop touches it.
/// - At most one write is unfinished: while the socket pushes back, nothing but the outbox grows,
///   and that is bounded.
/// - A subscription is a cursor into a log. It holds no events.
@NullMarked
package io.pushrod.server.session;

import org.jspecify.annotations.NullMarked;
