package io.pushrod.bench.jmh;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.pushrod.codec.CloseReason;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.ConnectionContext;
import io.pushrod.server.session.SocketWriter;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/// A WebSocket reader whose socket takes everything at once and does nothing with it.
public final class SinkConnection extends Connection {
  /// Takes everything; no system call.
  public static final SocketWriter WRITER =
      new SocketWriter() {
        @Override
        public int write(
            Connection connection, ByteBuf bytes, ByteBuffer view, int offset, int length) {
          return length;
        }

        @Override
        public boolean buffers() {
          return false;
        }
      };

  /// @param channel stands in for the socket; never written to, so many connections may share one
  /// @param context whose writer is [#WRITER]
  public SinkConnection(Channel channel, ConnectionContext context) {
    super(channel, context);
  }

  @Override
  public Transport transport() {
    return Transport.WEBSOCKET;
  }

  @Override
  protected long onHeartbeat(long nowNanos) {
    return NEVER;
  }

  @Override
  protected @Nullable ByteBuf goodbye(CloseReason reason) {
    return null;
  }
}
