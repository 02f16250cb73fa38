package io.pushrod.server.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.FixedRecvByteBufAllocator;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.ServerChannel;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.concurrent.ThreadFactory;
import org.jspecify.annotations.Nullable;

/// Which of Netty's socket transports runs, and the socket options that every port shares.
public enum Transports {
  EPOLL("epoll", EpollServerSocketChannel.class, EpollSocketChannel.class),
  IO_URING("io_uring", IoUringServerSocketChannel.class, IoUringSocketChannel.class),
  NIO("nio", NioServerSocketChannel.class, NioSocketChannel.class);

  /// Connections that the kernel completes before we accept them; it caps this at
  /// `net.core.somaxconn`.
  private static final int BACKLOG = 4096;

  /// Entries of the submission queue of an io_uring loop: writes of one fan-out, before Netty
  /// submits.
  private static final int RING_ENTRIES = 4096;

  /// A receive buffer of an io_uring socket, which lies in wait as long as the socket is idle.
  private static final int WAITING_BUFFER_BYTES = 2 * 1024;

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
      case "epoll" -> available(EPOLL, Epoll.unavailabilityCause());
      case "io_uring" -> available(IO_URING, IoUring.unavailabilityCause());
      default ->
          throw new IllegalArgumentException(
              "transport: " + setting + " (expected: auto, epoll, io_uring or nio)");
    };
  }

  private static Transports available(Transports wanted, @Nullable Throwable obstacle) {
    if (obstacle != null) {
      throw new IllegalArgumentException(
          "transport: " + wanted.label + " (expected: auto or nio on this machine)", obstacle);
    }
    return wanted;
  }

  /// `epoll`, `io_uring` or `nio`.
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
          case IO_URING ->
              IoUringIoHandler.newFactory(
                  new IoUringIoHandlerConfig()
                      .setRingSize(RING_ENTRIES)
                      .setCqSize(2 * RING_ENTRIES));
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
    if (notsentLowatBytes > 0) {
      switch (this) {
        case EPOLL ->
            bootstrap.childOption(EpollChannelOption.TCP_NOTSENT_LOWAT, (long) notsentLowatBytes);
        case IO_URING ->
            bootstrap.childOption(IoUringChannelOption.TCP_NOTSENT_LOWAT, (long) notsentLowatBytes);
        case NIO -> {}
      }
    }
    return bootstrap;
  }

  /// When Netty reports a socket as unwritable: as soon as a byte waits, and as writable when none
  /// does. With io_uring every byte waits for its completion, so there it takes as many as a socket
  /// may hold unsent.
  public WriteBufferWaterMark waterMark(int notsentLowatBytes) {
    return this == IO_URING
        ? new WriteBufferWaterMark(1, Math.max(1, notsentLowatBytes))
        : new WriteBufferWaterMark(1, 1);
  }

  /// Receive buffers of accepted sockets. With io_uring the reads of a loop's sockets overlap, so
  /// that they cannot share a handle.
  @SuppressWarnings("deprecation") // what SharedReceiveAllocator is one of
  public RecvByteBufAllocator receiveAllocator() {
    return this == IO_URING
        ? new FixedRecvByteBufAllocator(WAITING_BUFFER_BYTES)
        : new SharedReceiveAllocator();
  }
}
