package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What waits for a client: packets of the session itself, which go first, and what its sockets
/// have written to their pipes.
///
/// **Thread:** the session's shard.
final class Outgoing {
  private final PacketQueue queue;
  private final List<PipeChannel> pipes = new ArrayList<>(2);
  private int firstPipe;

  Outgoing(long queueBytes) {
    this.queue = new PacketQueue(queueBytes);
  }

  /// Takes ownership of the packet unless there is no room.
  boolean offer(PacketQueue.Packet packet) {
    return queue.offer(packet);
  }

  void add(PipeChannel pipe) {
    pipes.add(pipe);
  }

  void remove(PipeChannel pipe) {
    pipes.remove(pipe);
  }

  /// Writes one batch of frames of what waits.
  ///
  /// @return whether there was anything
  boolean writeTo(EngineWebSocket taker) {
    FrameSink sink = new FrameSink(taker.channel());
    for (PacketQueue.Packet packet = queue.poll(); packet != null; packet = next(sink)) {
      sink.take(packet);
    }
    drainPipes(sink);
    return sink.flush();
  }

  /// One payload of what waits.
  ///
  /// @return null when nothing does; else it is the caller's
  @Nullable ByteBuf payload(int maxPackets) {
    ByteBuf out = PooledByteBufAllocator.DEFAULT.directBuffer(512);
    PollSink sink = new PollSink(out, maxPackets);
    for (PacketQueue.Packet packet = queue.poll(); packet != null; packet = next(sink)) {
      sink.take(packet);
    }
    drainPipes(sink);
    if (out.isReadable()) {
      return sink.payload();
    }
    out.release();
    return null;
  }

  private PacketQueue.@Nullable Packet next(PipeChannel.Sink sink) {
    return sink.wantsMore() ? queue.poll() : null;
  }

  /// Begins with another pipe each time, so that none waits for ever.
  private void drainPipes(PipeChannel.Sink sink) {
    PipeChannel[] all = pipes.toArray(PipeChannel[]::new);
    firstPipe = all.length == 0 ? 0 : (firstPipe + 1) % all.length;
    for (int i = 0; i < all.length && sink.wantsMore(); i++) {
      all[(firstPipe + i) % all.length].drainTo(sink);
    }
  }

  /// Releases what the session itself had to say.
  void clear() {
    queue.clear();
  }

  void closePipes() {
    List.copyOf(pipes).forEach(PipeChannel::close);
  }
}
