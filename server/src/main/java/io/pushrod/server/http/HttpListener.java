package io.pushrod.server.http;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.EventLoop;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.LoopContext;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.InstantSource;
import java.util.function.Function;

/// Serves HTTP/1.1 on a port.
///
/// **Thread:** any; what it sets up for a connection runs on that connection's loop.
public final class HttpListener {
  private final HttpSettings settings;
  private final Endpoint root;
  private final OriginPolicy origins;
  private final Transport transport;
  private final Function<? super EventLoop, LoopContext> loops;
  private final ResponseFactory responses;

  /// @param root answers every request, usually a [Router]
  /// @param transport what connections are counted as: [Transport#HTTP] or [Transport#ADMIN]
  /// @param loops the context of each event loop that the bootstrap's connections may live on
  /// @param clock for the `Date` header
  public HttpListener(
      HttpSettings settings,
      Endpoint root,
      OriginPolicy origins,
      Transport transport,
      Function<? super EventLoop, LoopContext> loops,
      InstantSource clock) {
    this.settings = settings;
    this.root = root;
    this.origins = origins;
    this.transport = transport;
    this.loops = loops;
    this.responses = new ResponseFactory(origins, new DateHeader(clock));
  }

  /// Starts to listen.
  ///
  /// @param bootstrap with group, channel class and options set; its child handler becomes ours
  public ChannelFuture bind(ServerBootstrap bootstrap, SocketAddress address) {
    return bootstrap.childHandler(new Connections()).bind(address);
  }

  /// The port that a bound channel listens on.
  public static int port(Channel bound) {
    return ((InetSocketAddress) bound.localAddress()).getPort();
  }

  private final class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      new HttpConnection(
              channel,
              settings,
              root,
              origins,
              responses,
              transport,
              loops.apply(channel.eventLoop()))
          .install();
    }
  }
}
