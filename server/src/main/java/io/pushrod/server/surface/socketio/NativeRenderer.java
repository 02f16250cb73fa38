package io.pushrod.server.surface.socketio;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.json.JsonMembers;
import io.pushrod.codec.socketio.SocketIoPacket;
import io.pushrod.server.log.TopicLog;

/// A native event under the name of its type, with itself as the argument. A type that is reserved
/// in Socket.IO gets the prefix `event:`.
public enum NativeRenderer implements SocketIoRenderer {
  EVENTS;

  private static final byte[] TYPE = "type".getBytes(US_ASCII);
  private static final String PREFIX = "event:";

  @Override
  public void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    String type = type(source, offset, length);
    out.writeByte('"');
    if (SocketIoPacket.RESERVED.contains(type)) {
      ByteBufUtil.writeAscii(out, PREFIX);
    }
    ByteBufUtil.writeAscii(out, type);
    out.writeByte('"').writeByte(',').writeBytes(source, offset, length);
  }

  /// Types hold nothing that JSON escapes.
  private static String type(ByteBuf source, int offset, int length) {
    JsonMembers members = new JsonMembers().reset(source, offset, length);
    while (members.next()) {
      if (members.nameEquals(TYPE)) {
        return source.toString(members.valueOffset() + 1, members.valueLength() - 2, US_ASCII);
      }
    }
    return "";
  }
}
