/// The Java client of services: a [Publisher] of events, and a [Worker] that does runs and takes
/// messages. Both speak ingest protocol v1.
///
/// - What a publisher accepted is settled exactly once: acknowledged, rejected, or failed with the
///   publisher as a whole.
/// - It buffers up to its bound in bytes and events. Beyond it, [Publisher#publish] blocks and
///   [Publisher#offer] says so.
/// - Its connection, its sequences and its window belong to one event loop of its own; other
///   threads meet it in an inbox and in the bound.
/// - A worker is a publisher with a companion on that loop, [Leases], which begins a run when it is
///   granted, settles it behind its events, and forgets it when it is released.
@NullMarked
package io.pushrod.client;

import org.jspecify.annotations.NullMarked;
