package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;

/// The socket writers there are.
public final class SocketWriters {
  /// One `send(2)` on the channel's socket: no promise, no queue entry, no reference count, and the
  /// kernel's answer at once. Below Netty's outbound buffer, so that buffer must be empty.
  public static final SocketWriter EPOLL =
      new SocketWriter() {
        @Override
        public int write(
            Connection connection, ByteBuf bytes, ByteBuffer view, int offset, int length)
            throws IOException {
          Socket socket = connection.socket();
          // A closed descriptor's number may be another client's already, before we hear of the
          // end.
          if (!socket.isOpen()) {
            throw new ClosedChannelException();
          }
          return socket.send(view, offset, offset + length);
        }

        @Override
        public boolean buffers() {
          return false;
        }
      };

  /// Through Netty's outbound buffer, for any channel (NIO, TLS). Everything offered is taken;
  /// [Channel#isWritable()] tells whether the socket pushed back.
  public static final SocketWriter NETTY =
      (connection, bytes, view, offset, length) -> {
        Channel channel = connection.channel();
        var _ = channel.writeAndFlush(bytes.retainedSlice(offset, length), channel.voidPromise());
        return length;
      };

  private SocketWriters() {}
}
