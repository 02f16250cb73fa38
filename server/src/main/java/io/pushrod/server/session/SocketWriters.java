package io.pushrod.server.session;

import io.netty.channel.epoll.EpollSocketChannel;

/// The socket writers there are.
public final class SocketWriters {
  /// One `write(2)` on the channel's descriptor: no promise, no queue entry, no reference count,
  /// and the kernel's answer at once. Below Netty's outbound buffer, so that buffer must be empty.
  public static final SocketWriter EPOLL =
      (channel, bytes, view, offset, length) ->
          ((EpollSocketChannel) channel).fd().write(view, offset, offset + length);

  /// Through Netty's outbound buffer, for any channel (NIO, TLS). Everything offered is taken;
  /// [Channel#isWritable()] tells whether the socket pushed back.
  public static final SocketWriter NETTY =
      (channel, bytes, view, offset, length) -> {
        var _ = channel.writeAndFlush(bytes.retainedSlice(offset, length), channel.voidPromise());
        return length;
      };

  private SocketWriters() {}
}
