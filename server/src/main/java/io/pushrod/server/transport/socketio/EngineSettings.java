package io.pushrod.server.transport.socketio;

/// Beats and bounds of Engine.IO.
///
/// @param pingIntervalNanos from the opening, or a ping that was answered, to the next ping
/// @param pingTimeoutNanos a ping is to be answered within this time
/// @param upgradeTimeoutNanos a WebSocket that tries to take over a session does so within this
///   time
/// @param maxPayload bytes of one body, or one WebSocket message, of a client
/// @param pollPackets the most packets that one poll is answered with
/// @param sessions the most at a time
/// @param queueBytes the most that wait for one client beside what its sockets hold
public record EngineSettings(
    long pingIntervalNanos,
    long pingTimeoutNanos,
    long upgradeTimeoutNanos,
    int maxPayload,
    int pollPackets,
    int sessions,
    long queueBytes) {}
