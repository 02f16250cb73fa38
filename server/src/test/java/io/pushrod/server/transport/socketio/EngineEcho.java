package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.engineio.PacketType;

/// Sends every message back.
final class EngineEcho implements EngineHandler {
  private final EngineSession session;

  EngineEcho(EngineSession session) {
    this.session = session;
  }

  @Override
  public void onText(ByteBuf buf, int offset, int length) {
    ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(length + 1);
    session.send(false, out.writeByte(PacketType.MESSAGE.digit()).writeBytes(buf, offset, length));
  }

  @Override
  public void onBinary(ByteBuf buf, int offset, int length) {
    ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(length);
    session.send(true, out.writeBytes(buf, offset, length));
  }

  @Override
  public boolean isSettled() {
    return true;
  }

  @Override
  public void onDrain() {
    session.finish(CloseReason.SHUTDOWN);
  }

  @Override
  public void onEnding(CloseReason reason) {}

  @Override
  public void onGone(CloseReason reason) {}
}
