package io.pushrod.server.transport.sse;

/// Beats of event streams.
///
/// @param commentNanos between two heartbeat comments
/// @param retryMillis what a client waits at the least before it reconnects
public record SseSettings(long commentNanos, long retryMillis) {}
