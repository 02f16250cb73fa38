/// The Java client of services: a [Publisher] that speaks ingest protocol v1.
///
/// - What a publisher accepted is settled exactly once: acknowledged, rejected, or failed with the
///   publisher as a whole.
/// - It buffers up to its bound in bytes and events. Beyond it, [Publisher#publish] blocks and
///   [Publisher#offer] says so.
/// - Its connection, its sequences and its window belong to one event loop of its own; other
///   threads meet it in an inbox and in the bound.
@NullMarked
package io.pushrod.client;

import org.jspecify.annotations.NullMarked;
