package io.pushrod.server.transport.socketio;

/// When a client is pinged, and when its pong is missed.
///
/// **Thread:** the session's shard.
final class Pings {
  private final long intervalNanos;
  private final long timeoutNanos;
  private long pingDueNanos;

  /// 0 while no ping is unanswered.
  private long pongDueNanos;

  Pings(EngineSettings settings, long nowNanos) {
    this.intervalNanos = settings.pingIntervalNanos();
    this.timeoutNanos = settings.pingTimeoutNanos();
    this.pingDueNanos = nowNanos + intervalNanos;
  }

  /// When there is something to do next.
  long dueNanos() {
    return pongDueNanos != 0 ? pongDueNanos : pingDueNanos;
  }

  boolean isPongMissed(long nowNanos) {
    return pongDueNanos != 0 && nowNanos - pongDueNanos >= 0;
  }

  boolean isPingDue(long nowNanos) {
    return pongDueNanos == 0 && nowNanos - pingDueNanos >= 0;
  }

  void onPing() {
    pongDueNanos = pingDueNanos + timeoutNanos;
  }

  /// @return false for a pong that nobody asked for
  boolean onPong(long nowNanos) {
    if (pongDueNanos == 0) {
      return false;
    }
    pongDueNanos = 0;
    pingDueNanos = Math.max(nowNanos, pingDueNanos + intervalNanos);
    return true;
  }
}
