package io.pushrod.server.transport.websocket;

/// Bounds and beats of WebSockets.
///
/// @param frameBytes the longest message of a client
/// @param fragments the most frames of one message; 0 is no bound
/// @param pingNanos between two pings
/// @param missedPongs so many unanswered pings end the connection
public record WebSocketSettings(int frameBytes, int fragments, long pingNanos, int missedPongs) {}
