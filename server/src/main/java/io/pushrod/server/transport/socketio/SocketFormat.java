package io.pushrod.server.transport.socketio;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.pushrod.codec.CompositeCursor;
import io.pushrod.codec.engineio.EnginePackets;
import io.pushrod.codec.engineio.PacketType;
import io.pushrod.codec.socketio.SocketIoFrames;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.surface.socketio.SocketIoRenderer;
import java.nio.charset.StandardCharsets;

/// Events of topics as packets of a namespace, each with the separator of a pipe behind it. Where
/// sockets are recovered, the last argument of an event with a sequence is the offset: a composite
/// cursor.
///
/// **Thread:** the shard.
class SocketFormat implements EventFormat {
  private final String namespace;
  private final SocketIoRenderer renderer;
  private final boolean recovers;

  SocketFormat(String namespace, SocketIoRenderer renderer, boolean recovers) {
    this.namespace = namespace;
    this.renderer = renderer;
    this.recovers = recovers;
  }

  final SocketIoRenderer renderer() {
    return renderer;
  }

  @Override
  public final boolean isLogForm() {
    return false;
  }

  @Override
  public final void append(
      ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
    int start = out.writerIndex();
    out.writeByte(PacketType.MESSAGE.digit());
    SocketIoFrames.beginEvent(out, namespace, 0);
    int begun = out.writerIndex();
    renderer.append(out, log, sequence, source, offset, length);
    if (out.writerIndex() == begun) {
      out.writerIndex(start);
      return;
    }
    if (recovers && sequence != NO_SEQUENCE) {
      ByteBufUtil.writeAscii(out, ",\"");
      appendOffset(out, log, sequence);
      out.writeByte('"');
    }
    out.writeByte(']').writeByte(EnginePackets.SEPARATOR);
  }

  /// Appends where a reader of this topic alone continues.
  void appendOffset(ByteBuf out, TopicLog log, long sequence) {
    CompositeCursor.write(
        out, log.key().name().getBytes(StandardCharsets.US_ASCII), log.epochText(), sequence);
  }
}
