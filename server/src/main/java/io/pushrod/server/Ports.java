package io.pushrod.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.http.HttpListener;
import io.pushrod.server.http.HttpSettings;
import io.pushrod.server.http.OriginPolicy;
import io.pushrod.server.http.Router;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.quota.AcceptGate;
import io.pushrod.server.transport.ingest.IngestListener;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/// The ports of a server, in the order in which they were opened: the public one, ingest, admin.
///
/// **Thread:** the one that starts the server opens them; any asks where they are.
final class Ports {
  private static final int HTTP = 0;
  private static final int INGEST = 1;
  private static final int ADMIN = 2;

  private final ServerConfig config;
  private final Loops loops;
  private final AcceptGate gate;
  private final List<Channel> listeners = new ArrayList<>();

  /// @param gate before the public port and ingest
  Ports(ServerConfig config, Loops loops, AcceptGate gate) {
    this.config = config;
    this.loops = loops;
    this.gate = gate;
  }

  /// @throws IllegalStateException when it cannot be bound
  void openHttp(Router router) {
    bindHttp(
        router,
        OriginPolicy.of(config.http().allowedOrigins()),
        Transport.HTTP,
        bootstrap(loops.shards()).handler(gate),
        new InetSocketAddress(config.http().host(), config.http().port()));
  }

  /// @throws IllegalStateException when it cannot be bound
  void openIngest(IngestListener listener) {
    InetSocketAddress address =
        new InetSocketAddress(config.ingest().host(), config.ingest().port());
    bound(
        listener.bind(bootstrap(loops.shards()).handler(gate), address), Transport.INGEST, address);
  }

  /// Opens the port whose scrapes hold up no shard.
  ///
  /// @throws IllegalStateException when it cannot be bound
  void openAdmin(Router router) {
    bindHttp(
        router,
        OriginPolicy.of(List.of("same")),
        Transport.ADMIN,
        bootstrap(loops.acceptor()),
        new InetSocketAddress(config.admin().host(), config.admin().port()));
  }

  private void bindHttp(
      Router router,
      OriginPolicy origins,
      Transport transport,
      ServerBootstrap bootstrap,
      InetSocketAddress address) {
    HttpListener listener =
        new HttpListener(
            httpSettings(), router, origins, transport, loops::context, InstantSource.system());
    bound(
        listener.bind(
            bootstrap.childOption(
                ChannelOption.RECVBUF_ALLOCATOR, loops.transports().receiveAllocator()),
            address),
        transport,
        address);
  }

  private HttpSettings httpSettings() {
    ServerConfig.Timeouts timeouts = config.timeouts();
    return new HttpSettings(
        config.limits().requestLineBytes(),
        config.limits().headerBytes(),
        config.limits().headers(),
        config.limits().publishBodyBytes(),
        config.limits().pipelinedRequests(),
        timeouts.handshakeNanos(),
        timeouts.headerNanos(),
        timeouts.bodyNanos(),
        timeouts.idleNanos());
  }

  private ServerBootstrap bootstrap(EventLoopGroup served) {
    int notsentLowatBytes = config.tcp().notsentLowatBytes();
    return loops
        .transports()
        .serverBootstrap(loops.acceptor(), served, notsentLowatBytes)
        .childOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK, loops.transports().waterMark(notsentLowatBytes));
  }

  private void bound(ChannelFuture bind, Transport transport, InetSocketAddress address) {
    bind.awaitUninterruptibly();
    if (!bind.isSuccess()) {
      throw new IllegalStateException(
          transport.label()
              + " port: "
              + address.getHostString()
              + ":"
              + address.getPort()
              + " (expected: free; "
              + bind.cause().getMessage()
              + ")",
          bind.cause());
    }
    listeners.add(bind.channel());
  }

  /// Those that close when the server drains.
  List<Channel> drained() {
    return listeners.subList(HTTP, ADMIN);
  }

  int http() {
    return port(HTTP);
  }

  int ingest() {
    return port(INGEST);
  }

  int admin() {
    return port(ADMIN);
  }

  String httpAddress() {
    return address(HTTP);
  }

  String ingestAddress() {
    return address(INGEST);
  }

  String adminAddress() {
    return address(ADMIN);
  }

  private String address(int listener) {
    InetSocketAddress bound = (InetSocketAddress) listeners.get(listener).localAddress();
    String host = bound.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + bound.getPort();
  }

  private int port(int listener) {
    return HttpListener.port(listeners.get(listener));
  }
}
