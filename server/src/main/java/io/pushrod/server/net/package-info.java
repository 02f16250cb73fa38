/// Sockets and time below every protocol: which Netty transport runs, how accepted sockets are set
/// up, who calls at a deadline, and what an event loop lends to the connections that live on it.
///
/// - Nothing here knows HTTP, WebSocket or ingest.
/// - A connection stays on the event loop that accepted it; its [LoopContext] belongs to that loop
///   alone.
@NullMarked
package io.pushrod.server.net;

import org.jspecify.annotations.NullMarked;
