package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What waits for a client beside what its sockets hold: packets of the session itself. Bounded in
/// bytes.
///
/// **Thread:** the session's shard.
final class PacketQueue {
  /// What one packet costs beside its bytes.
  private static final int OVERHEAD_BYTES = 64;

  /// One packet.
  ///
  /// @param binary whether it is a binary message
  /// @param bytes with the digit of its type when it is text; owned
  record Packet(boolean binary, ByteBuf bytes) {}

  private final ArrayDeque<Packet> packets = new ArrayDeque<>(2);
  private final long limitBytes;
  private long bytes;

  PacketQueue(long limitBytes) {
    this.limitBytes = limitBytes;
  }

  /// Takes ownership of the packet unless there is no room.
  boolean offer(Packet packet) {
    long cost = (long) packet.bytes().readableBytes() + OVERHEAD_BYTES;
    if (bytes + cost > limitBytes) {
      return false;
    }
    bytes += cost;
    packets.add(packet);
    return true;
  }

  /// The oldest packet, which the caller owns then.
  @Nullable Packet poll() {
    Packet packet = packets.poll();
    if (packet != null) {
      bytes -= packet.bytes().readableBytes() + OVERHEAD_BYTES;
    }
    return packet;
  }

  boolean isEmpty() {
    return packets.isEmpty();
  }

  void clear() {
    packets.forEach(packet -> packet.bytes().release());
    packets.clear();
    bytes = 0;
  }
}
