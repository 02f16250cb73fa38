package io.pushrod.codec.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.engineio.EnginePackets;
import io.pushrod.codec.engineio.PacketListener;
import io.pushrod.codec.engineio.PacketType;
import io.pushrod.codec.socketio.Placeholders;
import io.pushrod.codec.socketio.SocketIoFrames;
import io.pushrod.codec.socketio.SocketIoPacket;
import io.pushrod.codec.socketio.SocketIoParser;

/// A payload of Engine.IO with Socket.IO packets in its messages: refused for a reason of the
/// protocol, or read; an event or ack that was read is written and read alike.
public final class EngineIoFuzz {
  private static final int ATTACHMENTS = 10;

  private EngineIoFuzz() {}

  public static void fuzzerTestOneInput(byte[] input) {
    try {
      EnginePackets.parsePayload(
          Unpooled.wrappedBuffer(input),
          0,
          input.length,
          new PacketListener() {
            @Override
            public void onPacket(PacketType type, ByteBuf buf, int offset, int length) {
              Claim.that(offset > 0 && offset + length <= input.length, "within the payload");
              if (type == PacketType.MESSAGE) {
                message(buf, offset, length);
              }
            }

            @Override
            public void onBinary(ByteBuf buf, int offset, int length) {
              Claim.that(length <= input.length, "no larger than its text");
            }
          });
    } catch (ProtocolException e) {
      refused(e);
    }
  }

  private static void message(ByteBuf buf, int offset, int length) {
    SocketIoPacket packet;
    try {
      packet = SocketIoParser.parse(buf, offset, length, ATTACHMENTS);
    } catch (ProtocolException e) {
      refused(e);
      return;
    }
    Claim.that(packet.attachments() <= ATTACHMENTS, "attachments are bounded");
    ByteBuf out = Unpooled.buffer();
    switch (packet) {
      case SocketIoPacket.Event event -> {
        event.args().forEach(Placeholders::number);
        if (event.ackId() == SocketIoPacket.NO_ACK && event.attachments() == 0) {
          SocketIoFrames.event(out, event.namespace(), event.name(), event.args(), 0);
          again(out, event);
        }
      }
      case SocketIoPacket.Ack ack -> {
        SocketIoFrames.ack(out, ack.namespace(), ack.ackId(), ack.args(), ack.attachments());
        if (ack.attachments() > 0 || buf.getByte(offset) == '3') {
          again(out, ack);
        }
      }
      case SocketIoPacket.Connect _, SocketIoPacket.Disconnect _, SocketIoPacket.ConnectError _ ->
          Claim.that(packet.namespace().startsWith("/"), "a namespace begins with a slash");
    }
  }

  /// Names with half a surrogate pair have no UTF-8.
  private static void again(ByteBuf out, SocketIoPacket packet) {
    boolean exact =
        !(packet instanceof SocketIoPacket.Event event)
            || UTF_8.newEncoder().canEncode(event.name());
    if (exact && !packet.namespace().isEmpty()) {
      Claim.equal(
          SocketIoParser.parse(out, 0, out.readableBytes(), ATTACHMENTS), packet, "written back");
    }
  }

  private static void refused(ProtocolException e) {
    Claim.that(
        e.reason() == CloseReason.PROTOCOL_ERROR
            || e.reason() == CloseReason.BAD_UTF8
            || e.reason() == CloseReason.POLICY,
        "a reason of the protocol");
    Claim.bounded(String.valueOf(e.getMessage()));
  }
}
