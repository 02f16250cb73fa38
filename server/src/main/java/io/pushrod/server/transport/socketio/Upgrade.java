package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.engineio.EnginePackets;
import io.pushrod.codec.engineio.PacketListener;
import io.pushrod.codec.engineio.PacketType;

/// A WebSocket that tries to take over a session that polls: it sends a probe, hears it back, and
/// says when it takes over. Hears the WebSocket until then.
///
/// **Thread:** the session's shard.
final class Upgrade implements PacketListener {
  private final EngineSession session;
  private final EngineWebSocket by;
  private final long dueNanos;
  private boolean probed;

  /// @param dueNanos when it has to have taken over
  Upgrade(EngineSession session, EngineWebSocket by, long dueNanos) {
    this.session = session;
    this.by = by;
    this.dueNanos = dueNanos;
  }

  boolean isBy(EngineWebSocket asked) {
    return by == asked;
  }

  EngineWebSocket by() {
    return by;
  }

  long dueNanos() {
    return dueNanos;
  }

  /// Whether it was answered, so that a poll must not wait any more.
  boolean isProbed() {
    return probed;
  }

  @Override
  public void onPacket(PacketType type, ByteBuf buf, int offset, int length) {
    if (!session.awaits(this)) {
      return;
    }
    if (type == PacketType.PING && EnginePackets.isProbe(buf, offset, length)) {
      by.sendNow("3" + EnginePackets.PROBE);
      probed = true;
      session.answerPoll();
    } else if (type == PacketType.UPGRADE) {
      session.onUpgraded(by);
    } else {
      session.onWebSocketFailed(by, CloseReason.PROTOCOL_ERROR);
    }
  }

  @Override
  public void onBinary(ByteBuf buf, int offset, int length) {
    session.onWebSocketFailed(by, CloseReason.PROTOCOL_ERROR);
  }
}
