package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.pushrod.codec.engineio.EnginePackets;
import io.pushrod.codec.websocket.WebSocketFrames;
import java.util.Base64;

/// Gathers packets as WebSocket frames, one each.
final class FrameSink implements PipeChannel.Sink {
  private static final int ENOUGH_BYTES = 64 * 1024;

  private final Channel channel;
  private final ByteBuf out;

  FrameSink(Channel channel) {
    this.channel = channel;
    this.out = channel.alloc().directBuffer(1024);
  }

  @Override
  public boolean wantsMore() {
    return out.readableBytes() < ENOUGH_BYTES;
  }

  @Override
  public int take(ByteBuf packets) {
    int end = packets.writerIndex();
    for (int at = packets.readerIndex(); at < end; ) {
      int stop = packets.indexOf(at, end, EnginePackets.SEPARATOR);
      if (packets.getByte(at) == EnginePackets.BINARY) {
        byte[] base64 = ByteBufUtil.getBytes(packets, at + 1, stop - at - 1);
        ByteBuf data = Unpooled.wrappedBuffer(Base64.getDecoder().decode(base64));
        WebSocketFrames.writeBinary(out, data, 0, data.readableBytes());
      } else {
        WebSocketFrames.writeText(out, packets, at, stop - at);
      }
      at = stop + 1;
    }
    return packets.readableBytes();
  }

  /// Takes ownership.
  void take(PacketQueue.Packet packet) {
    ByteBuf bytes = packet.bytes();
    if (packet.binary()) {
      WebSocketFrames.writeBinary(out, bytes, bytes.readerIndex(), bytes.readableBytes());
    } else {
      WebSocketFrames.writeText(out, bytes, bytes.readerIndex(), bytes.readableBytes());
    }
    bytes.release();
  }

  /// Writes what was gathered.
  ///
  /// @return whether there was anything
  boolean flush() {
    if (!out.isReadable()) {
      out.release();
      return false;
    }
    var _ = channel.writeAndFlush(out, channel.voidPromise());
    return true;
  }
}
