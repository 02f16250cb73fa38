package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.engineio.EnginePackets;

/// Gathers packets as the payload of one poll.
final class PollSink implements PipeChannel.Sink {
  /// From here on the rest waits for the next poll.
  private static final int ENOUGH_BYTES = 256 * 1024;

  private final ByteBuf out;
  private int left;

  /// @param limit the most packets
  PollSink(ByteBuf out, int limit) {
    this.out = out;
    this.left = limit;
  }

  @Override
  public boolean wantsMore() {
    return left > 0 && out.readableBytes() < ENOUGH_BYTES;
  }

  @Override
  public int take(ByteBuf packets) {
    int start = packets.readerIndex();
    int at = start;
    while (left > 0 && at < packets.writerIndex()) {
      at = packets.indexOf(at, packets.writerIndex(), EnginePackets.SEPARATOR) + 1;
      left--;
    }
    out.writeBytes(packets, start, at - start);
    return at - start;
  }

  /// Adds a packet and the separator behind it; takes ownership.
  void take(PacketQueue.Packet packet) {
    left--;
    ByteBuf bytes = packet.bytes();
    if (packet.binary()) {
      EnginePackets.writeBinary(out, bytes, bytes.readerIndex(), bytes.readableBytes());
    } else {
      out.writeBytes(bytes, bytes.readerIndex(), bytes.readableBytes());
    }
    out.writeByte(EnginePackets.SEPARATOR);
    bytes.release();
  }

  /// The payload: no separator stands at its end.
  ByteBuf payload() {
    return out.writerIndex(out.writerIndex() - 1);
  }
}
