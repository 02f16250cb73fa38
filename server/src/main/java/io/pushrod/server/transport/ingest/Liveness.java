package io.pushrod.server.transport.ingest;

/// Whether a peer still says something: it is pinged when it is silent, and gone when it stays so.
///
/// **Thread:** its connection.
final class Liveness {
  /// Without a complete frame for so many ping intervals, the peer counts as gone.
  private static final int SILENT_PINGS = 3;

  /// What its silence calls for.
  enum Verdict {
    ALIVE,
    PING,
    GONE
  }

  private final long pingNanos;
  private long heardNanos;
  private boolean pinged;

  Liveness(long pingNanos, long nowNanos) {
    this.pingNanos = pingNanos;
    this.heardNanos = nowNanos;
  }

  void onHeard(long nowNanos) {
    heardNanos = nowNanos;
    pinged = false;
  }

  /// It was not read from, and may well have said something; whether it was pinged still counts.
  void onNotRead(long nowNanos) {
    heardNanos = nowNanos;
  }

  /// @return [Verdict#PING] once for each silence
  Verdict judge(long nowNanos) {
    long silence = nowNanos - heardNanos;
    if (silence >= SILENT_PINGS * pingNanos) {
      return Verdict.GONE;
    }
    if (silence >= pingNanos && !pinged) {
      pinged = true;
      return Verdict.PING;
    }
    return Verdict.ALIVE;
  }

  /// When it is to be judged again.
  long dueNanos(long nowNanos) {
    return pinged
        ? Math.min(nowNanos + pingNanos, heardNanos + SILENT_PINGS * pingNanos)
        : heardNanos + pingNanos;
  }
}
