package io.pushrod.server.surface.ciris;

import io.pushrod.server.dialect.CirisFrames;
import io.pushrod.server.dialect.CirisRequest;
import io.pushrod.server.surface.route.Line;

/// A WebSocket on one stream, which is read at once. Nothing that its client says is answered.
///
/// **Thread:** the connection's shard.
final class SingleStream extends CirisStream {
  private final long pulseNanos;

  /// @param pulseNanos between two metrics that only show life; 0 for none
  SingleStream(Line line, long pulseNanos) {
    super(line);
    this.pulseNanos = pulseNanos;
  }

  @Override
  public void onOpen() {
    greet();
    // Who may not read it was refused before.
    var _ = read(line.row().topics().getFirst());
    if (pulseNanos > 0) {
      onDue();
    }
  }

  @Override
  public void onDue() {
    line.say("telemetry", CirisFrames.pulse(line.millis()));
    line.wake(pulseNanos);
  }

  @Override
  void onRequest(CirisRequest request) {}
}
