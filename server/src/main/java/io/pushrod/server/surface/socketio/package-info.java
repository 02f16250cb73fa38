/// What a namespace of Socket.IO means, apart from how its packets travel.
///
/// A [SocketIoApp] serves one namespace. When a client asks to join it, `connect` decides, now or
/// later: `accept` with an identity and a [SocketIoListener] of its own for this socket, or
/// `refuse` with a message. The listener hears `onConnected` with the [SocketIoSocket], then each
/// event of the client with its JSON arguments, attachments and ack, then `onDisconnected`, once.
///
/// A socket emits what it is told to, and events of topics: a subscription is a cursor, rendered by
/// a [SocketIoRenderer] whose bytes all its readers share.
///
/// - A socket belongs to one shard for life, over polling, WebSocket and the upgrade between them.
/// - Nothing is emitted before the client was told that it joined.
/// - Where an app recovers connections, every event that leaves carries its offset as last
///   argument; a client that comes back with it gets what it missed of its topics, once and in
///   order, under the id that it had. Ask an app to recover only if its clients take one argument
///   more.
@NullMarked
package io.pushrod.server.surface.socketio;

import org.jspecify.annotations.NullMarked;
