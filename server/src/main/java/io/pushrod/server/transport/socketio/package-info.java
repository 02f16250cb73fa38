/// Engine.IO 4 over HTTP polling and WebSocket, and Socket.IO 5 on top of it.
///
/// - An [EngineSession] is one client. It belongs to the shard that opened it, for life: requests
///   that arrive on other loops hop there, and the WebSocket of an upgrade is moved there.
/// - Each socket, a session in a namespace, is a connection of its own on a [PipeChannel], a
///   channel in memory whose bytes the session takes as its transport has room. So writability,
///   outboxes and overflow policies work as for any connection, and an upgrade touches no
///   subscription: it only changes who empties the pipes. Nothing is lost or doubled by it.
/// - Bytes in a pipe are whole packets, each ended by a record separator: a poll gets them as they
///   are, a WebSocket as one frame each.
/// - Tokens come in queries, headers and CONNECT packets. None of them reaches a log.
@NullMarked
package io.pushrod.server.transport.socketio;

import org.jspecify.annotations.NullMarked;
