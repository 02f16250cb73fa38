package io.pushrod.server.surface;

/// Bounds of the native surface.
///
/// @param subscriptions the most topics that one connection may read
/// @param frameBytes the longest message of a client
/// @param historyEvents the most events of one page of history
/// @param handshakeNanos a connection without a token authenticates within this time
/// @param expiryWarningMillis how long before its token expires a client is told; 0 for never
public record SurfaceSettings(
    int subscriptions,
    int frameBytes,
    int historyEvents,
    long handshakeNanos,
    long expiryWarningMillis) {}
