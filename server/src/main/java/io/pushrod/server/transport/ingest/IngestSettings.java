package io.pushrod.server.transport.ingest;

/// Bounds and beats of the ingest port.
///
/// @param frameBytes the longest frame
/// @param eventBytes the longest encoded event
/// @param windowBytes encoded events that a producer may have unacknowledged, in bytes
/// @param windowEvents events that a producer may have unacknowledged
/// @param pingNanos a peer that is silent for so long is pinged, and dropped after three times that
/// @param handshakeNanos a hello comes within this time
/// @param writeProgressNanos a peer that takes no byte of what waits for so long is dropped
/// @param serverName what a welcome calls us
public record IngestSettings(
    int frameBytes,
    int eventBytes,
    int windowBytes,
    int windowEvents,
    long pingNanos,
    long handshakeNanos,
    long writeProgressNanos,
    String serverName) {}
