package io.pushrod.server.surface.kdcube;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.socketio.SocketIoPacket;
import io.pushrod.server.dialect.KdcubeEvents;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.surface.socketio.SocketIoRenderer;

/// Renders the events of a session for one socket, as the name of an event and its envelope.
///
/// **Thread:** the socket's shard.
final class SocketRenderer implements SocketIoRenderer {
  private final KdcubeEvents events;

  SocketRenderer(String sid) {
    this.events = new KdcubeEvents(sid);
  }

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    if (!events.render(log.epoch(), sequence, source, offset, length)) {
      return;
    }
    out.writeByte('"');
    if (SocketIoPacket.RESERVED.contains(events.name())) {
      ByteBufUtil.writeAscii(out, "event:");
    }
    ByteBufUtil.writeAscii(out, events.name());
    ByteBuf json = events.json();
    out.writeByte('"').writeByte(',').writeBytes(json, json.readerIndex(), json.readableBytes());
  }
}
