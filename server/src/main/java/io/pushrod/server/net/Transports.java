package io.pushrod.server.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import java.util.concurrent.ThreadFactory;

/// Which of Netty's socket transports runs, and the socket options that every port shares.
public enum Transports {
  EPOLL("epoll", EpollServerSocketChannel.class, EpollSocketChannel.class),
  NIO("nio", NioServerSocketChannel.class, NioSocketChannel.class);

  /// Connections that the kernel completes before we accept them; it caps this at
  /// `net.core.somaxconn`.
  private static final int BACKLOG = 4096;

  private final String label;
  private final Class<? extends ServerChannel> serverChannel;
  private final Class<? extends SocketChannel> socketChannel;

  Transports(
      String label,
      Class<? extends ServerChannel> serverChannel,
      Class<? extends SocketChannel> socketChannel) {
    this.label = label;
    this.serverChannel = serverChannel;
    this.socketChannel = socketChannel;
  }

  /// The transport for a setting: `auto` is epoll where it loads and NIO elsewhere.
  ///
  /// @throws IllegalArgumentException if the setting is unknown, or names a transport that does not
  ///   load here
  public static Transports of(String setting) {
    return switch (setting) {
      case "auto" -> Epoll.isAvailable() ? EPOLL : NIO;
      case "nio" -> NIO;
      case "epoll" -> {
        if (!Epoll.isAvailable()) {
          throw new IllegalArgumentException(
              "transport: epoll (expected: auto or nio on this machine)",
              Epoll.unavailabilityCause());
        }
        yield EPOLL;
      }
      default ->
          throw new IllegalArgumentException(
              "transport: " + setting + " (expected: auto, epoll or nio)");
    };
  }

  /// `epoll` or `nio`.
  public String label() {
    return label;
  }

  /// Event loops, one thread each.
  public EventLoopGroup group(int loops, ThreadFactory threads) {
    return new MultiThreadIoEventLoopGroup(
        loops,
        threads,
        switch (this) {
          case EPOLL -> EpollIoHandler.newFactory();
          case NIO -> NioIoHandler.newFactory();
        });
  }

  /// The class of outgoing sockets.
  public Class<? extends SocketChannel> socketChannel() {
    return socketChannel;
  }

  /// A bootstrap with the options that every port of ours has; the caller adds its own and the
  /// child handler.
  ///
  /// @param notsentLowatBytes `TCP_NOTSENT_LOWAT` of accepted sockets: unsent bytes above which a
  ///   socket is not writable. Without it a stalled reader hides megabytes in the kernel. NIO has
  ///   no such option; 0 leaves it alone.
  public ServerBootstrap serverBootstrap(
      EventLoopGroup acceptors, EventLoopGroup loops, int notsentLowatBytes) {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(acceptors, loops)
            .channel(serverChannel)
            .option(ChannelOption.SO_REUSEADDR, true)
            .option(ChannelOption.SO_BACKLOG, BACKLOG)
            .childOption(ChannelOption.TCP_NODELAY, true);
    if (this == EPOLL && notsentLowatBytes > 0) {
      bootstrap.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) notsentLowatBytes);
    }
    return bootstrap;
  }
}
