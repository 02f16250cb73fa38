package io.pushrod.codec.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.Digits;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.codec.json.JsonStrings;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Writes the packets that a server sends. Each method appends to `out`.
public final class SocketIoFrames {
  private SocketIoFrames() {}

  /// The client has joined a namespace.
  ///
  /// @param pid what it names to get back what it lost; null when nothing is kept for it
  public static void connect(ByteBuf out, String namespace, String sid, @Nullable String pid) {
    begin(out, '0', 0, namespace, SocketIoPacket.NO_ACK);
    JsonObjectWriter object = new JsonObjectWriter(out).text("sid", sid);
    if (pid != null) {
      object.text("pid", pid);
    }
    object.end();
  }

  /// The client may not join it.
  public static void connectError(ByteBuf out, String namespace, String message) {
    begin(out, '4', 0, namespace, SocketIoPacket.NO_ACK);
    new JsonObjectWriter(out).text("message", message).end();
  }

  public static void disconnect(ByteBuf out, String namespace) {
    begin(out, '1', 0, namespace, SocketIoPacket.NO_ACK);
  }

  /// @param args JSON texts, with a placeholder for each of the attachments that follow
  public static void event(
      ByteBuf out, String namespace, String name, List<String> args, int attachments) {
    beginEvent(out, namespace, attachments);
    JsonStrings.write(out, name);
    for (String arg : args) {
      out.writeByte(',');
      ByteBufUtil.writeUtf8(out, arg);
    }
    out.writeByte(']');
  }

  /// Begins an event, up to the bracket behind which the caller appends its name and arguments.
  public static void beginEvent(ByteBuf out, String namespace, int attachments) {
    begin(out, attachments == 0 ? '2' : '5', attachments, namespace, SocketIoPacket.NO_ACK);
    out.writeByte('[');
  }

  /// Answers an event of the client.
  public static void ack(
      ByteBuf out, String namespace, long ackId, List<String> args, int attachments) {
    begin(out, attachments == 0 ? '3' : '6', attachments, namespace, ackId);
    out.writeByte('[');
    for (int i = 0; i < args.size(); i++) {
      if (i > 0) {
        out.writeByte(',');
      }
      ByteBufUtil.writeUtf8(out, args.get(i));
    }
    out.writeByte(']');
  }

  private static void begin(ByteBuf out, char type, int attachments, String namespace, long ackId) {
    out.writeByte(type);
    if (attachments > 0) {
      Digits.writeDecimal(out, attachments);
      out.writeByte('-');
    }
    if (!namespace.equals(SocketIoPacket.MAIN)) {
      ByteBufUtil.writeUtf8(out, namespace);
      out.writeByte(',');
    }
    if (ackId != SocketIoPacket.NO_ACK) {
      Digits.writeDecimal(out, ackId);
    }
  }
}
