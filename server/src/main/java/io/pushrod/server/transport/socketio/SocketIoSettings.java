package io.pushrod.server.transport.socketio;

/// Bounds of Socket.IO.
///
/// @param connectTimeoutNanos a client joins its first namespace within this time
/// @param attachments the most of one packet
/// @param attachmentBytes the most that those of one packet may have together
/// @param recoveryMillis how long a lost socket may be recovered; 0 for never
/// @param recoverySockets the most lost sockets that are kept
/// @param subscriptions the most topics of one socket
public record SocketIoSettings(
    long connectTimeoutNanos,
    int attachments,
    int attachmentBytes,
    long recoveryMillis,
    int recoverySockets,
    int subscriptions) {}
