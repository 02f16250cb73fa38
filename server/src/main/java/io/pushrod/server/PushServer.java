package io.pushrod.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.server.admin.AdminEndpoints;
import io.pushrod.server.auth.TokenVerifier;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.http.HttpListener;
import io.pushrod.server.http.HttpSettings;
import io.pushrod.server.http.OriginPolicy;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Retention;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.DeadlineWheel;
import io.pushrod.server.net.LoopContext;
import io.pushrod.server.net.SharedReceiveAllocator;
import io.pushrod.server.net.Transports;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.HistoryEndpoint;
import io.pushrod.server.surface.NativeSurface;
import io.pushrod.server.surface.PublicationIntake;
import io.pushrod.server.surface.PublishEndpoint;
import io.pushrod.server.surface.SurfaceSettings;
import io.pushrod.server.transport.ingest.IngestListener;
import io.pushrod.server.transport.ingest.IngestSettings;
import io.pushrod.server.transport.sse.SseEndpoints;
import io.pushrod.server.transport.sse.SseSettings;
import io.pushrod.server.transport.websocket.WebSocketEndpoint;
import io.pushrod.server.transport.websocket.WebSocketSettings;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/// One running server: the only place where its parts are put together.
///
/// **Thread:** any.
public final class PushServer implements AutoCloseable {
  private static final long TICK_MILLIS = 100;

  /// Netty reports a socket as unwritable as soon as one byte waits, and as writable when none
  /// does.
  private static final WriteBufferWaterMark ANY_BYTE = new WriteBufferWaterMark(1, 1);

  private final ServerConfig config;
  private final Clock clock;
  private final Transports transports;
  private final EventLoopGroup loops;
  private final EventLoopGroup acceptor;
  private final MetricsRegistry metrics;
  private final Hub hub = new Hub();
  private final Map<EventExecutor, LoopContext> contexts = new HashMap<>();
  private final UnpooledByteBufAllocator segments = new UnpooledByteBufAllocator(true);
  private final List<Channel> listeners = new ArrayList<>();
  private volatile boolean ready;

  private PushServer(ServerConfig config, Clock clock) {
    this.config = config;
    this.clock = clock;
    this.transports = Transports.of(config.server().transport().name().toLowerCase(Locale.ROOT));
    this.metrics = new MetricsRegistry(Version.TEXT);
    int count = config.server().eventLoops();
    int shards = count > 0 ? count : Runtime.getRuntime().availableProcessors();
    this.loops = transports.group(shards, new DefaultThreadFactory("shard"));
    this.acceptor = transports.group(1, new DefaultThreadFactory("accept"));
    startShards();
    startAcceptor();
  }

  /// Starts a server; it accepts connections when this returns.
  ///
  /// @throws IllegalStateException when a port cannot be bound or a key cannot be read
  public static PushServer start(ServerConfig config) {
    return start(config, Clock.SYSTEM, _ -> {});
  }

  /// Starts a server with more routes on its public port.
  public static PushServer start(ServerConfig config, Clock clock, Consumer<Router> routes) {
    PushServer server = new PushServer(config, clock);
    try {
      server.listen(routes);
      return server;
    } catch (RuntimeException | Error e) {
      server.close();
      throw e;
    }
  }

  /// The loop that accepts connections serves the admin port too, so that a scrape holds up no
  /// shard.
  private void startAcceptor() {
    EventLoop loop = acceptor.next();
    DeadlineWheel wheel = new DeadlineWheel(clock.nanos());
    loop.scheduleAtFixedRate(
        () -> wheel.advance(clock.nanos()), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    contexts.put(loop, new LoopContext(metrics.shard(), wheel));
  }

  private void startShards() {
    HubSettings settings = hubSettings();
    List<Shard> shards = new ArrayList<>();
    for (EventExecutor executor : loops) {
      Shard shard =
          new Shard(
              shards.size(), (EventLoop) executor, hub, settings, clock, metrics.shard(), segments);
      shards.add(shard);
      contexts.put(executor, new LoopContext(shard.metrics(), shard.wheel()));
    }
    hub.start(shards);
    shards.forEach(Shard::start);
    metrics.gauge(
        "pushrod_log_bytes",
        "Off-heap memory of topic logs.",
        () -> segments.metric().usedDirectMemory());
    metrics.gauge(
        "pushrod_topics",
        "Topics that have a log.",
        () -> shards.stream().mapToLong(Shard::ownedTopics).sum());
  }

  private HubSettings hubSettings() {
    ServerConfig.Retention retention = config.retention();
    return new HubSettings(
        new Retention(
            retention.bytes(),
            retention.events(),
            retention.ageMillis(),
            retention.lifecycleBytes()),
        config.env(),
        config.limits().producersPerTopic(),
        config.limits().inboxEntries(),
        config.limits().outboxEntries(),
        config.limits().outboxBytes(),
        config.fold().thresholdBytes(),
        config.timeouts().writeProgressNanos(),
        transports == Transports.EPOLL ? SocketWriters.EPOLL : SocketWriters.NETTY);
  }

  private void listen(Consumer<Router> routes) {
    EventTypes types = new EventTypes(config.events().classes());
    Access access = new Access(TokenVerifier.of(config), clock, config.auth().cookie());
    listenHttp(types, access, routes);
    listenIngest(types, access);
    listenAdmin();
    ready = true;
  }

  private void listenHttp(EventTypes types, Access access, Consumer<Router> routes) {
    ServerConfig.Limits limits = config.limits();
    ServerConfig.Heartbeat heartbeat = config.heartbeat();
    SurfaceSettings surfaceSettings =
        new SurfaceSettings(
            limits.subscriptionsPerConnection(),
            limits.clientFrameBytes(),
            limits.historyPageEvents(),
            config.timeouts().handshakeNanos());
    PublicationIntake intake = new PublicationIntake(types, limits.eventBytes());
    NativeSurface surface = new NativeSurface(access, intake, surfaceSettings);
    Router router = new Router(TimeUnit.MILLISECONDS.toSeconds(config.http().corsMaxAgeMillis()));
    router.add(
        HttpMethod.GET,
        "/v1/ws",
        new WebSocketEndpoint(
            hub,
            access,
            surface,
            new WebSocketSettings(
                limits.clientFrameBytes(),
                limits.clientFragments(),
                heartbeat.wsPingNanos(),
                heartbeat.wsMissedPongs())));
    new SseEndpoints(
            hub,
            access,
            surface,
            new SseSettings(heartbeat.sseCommentNanos(), config.sse().retryMillis()))
        .addTo(router);
    router.add(HttpMethod.POST, "/v1/publish", new PublishEndpoint(hub, access, intake));
    router.add(
        HttpMethod.GET,
        "/v1/topics/{topic...}/events",
        new HistoryEndpoint(hub, access, surfaceSettings));
    routes.accept(router);
    bindHttp(
        router,
        OriginPolicy.of(config.http().allowedOrigins()),
        Transport.HTTP,
        config.http().host(),
        config.http().port());
  }

  private void listenAdmin() {
    Router router = new Router(0);
    new AdminEndpoints(metrics, () -> ready ? null : "starting or stopping").addTo(router);
    bindHttp(
        router,
        OriginPolicy.of(List.of("same")),
        Transport.ADMIN,
        config.admin().host(),
        config.admin().port());
  }

  private void bindHttp(
      Router router, OriginPolicy origins, Transport transport, String host, int port) {
    HttpListener listener =
        new HttpListener(
            httpSettings(), router, origins, transport, this::context, InstantSource.system());
    EventLoopGroup served = transport == Transport.ADMIN ? acceptor : loops;
    ServerBootstrap bootstrap =
        bootstrap(served)
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, new SharedReceiveAllocator());
    bound(listener.bind(bootstrap, new InetSocketAddress(host, port)), transport, host, port);
  }

  private LoopContext context(EventLoop loop) {
    return Objects.requireNonNull(contexts.get(loop), "loop: unknown");
  }

  private HttpSettings httpSettings() {
    ServerConfig.Timeouts timeouts = config.timeouts();
    return new HttpSettings(
        config.limits().requestLineBytes(),
        config.limits().headerBytes(),
        config.limits().publishBodyBytes(),
        config.limits().pipelinedRequests(),
        timeouts.handshakeNanos(),
        timeouts.headerNanos(),
        timeouts.bodyNanos(),
        timeouts.idleNanos());
  }

  private void listenIngest(EventTypes types, Access access) {
    ServerConfig.Limits limits = config.limits();
    IngestListener listener =
        new IngestListener(
            hub,
            access,
            types,
            new IngestSettings(
                limits.ingestFrameBytes(),
                limits.eventBytes(),
                limits.ingestWindowBytes(),
                limits.ingestWindowEvents(),
                config.heartbeat().ingestPingNanos(),
                config.timeouts().handshakeNanos(),
                config.timeouts().writeProgressNanos(),
                "pushrod " + Version.TEXT));
    String host = config.ingest().host();
    int port = config.ingest().port();
    bound(
        listener.bind(bootstrap(loops), new InetSocketAddress(host, port)),
        Transport.INGEST,
        host,
        port);
  }

  private ServerBootstrap bootstrap(EventLoopGroup served) {
    return transports
        .serverBootstrap(acceptor, served, config.tcp().notsentLowatBytes())
        .childOption(ChannelOption.WRITE_BUFFER_WATER_MARK, ANY_BYTE);
  }

  private void bound(ChannelFuture bind, Transport transport, String host, int port) {
    bind.awaitUninterruptibly();
    if (!bind.isSuccess()) {
      throw new IllegalStateException(
          transport.label()
              + " port: "
              + host
              + ":"
              + port
              + " (expected: free; "
              + bind.cause().getMessage()
              + ")",
          bind.cause());
    }
    listeners.add(bind.channel());
  }

  public int httpPort() {
    return port(0);
  }

  public int ingestPort() {
    return port(1);
  }

  public int adminPort() {
    return port(2);
  }

  public String httpAddress() {
    return address(0);
  }

  public String ingestAddress() {
    return address(1);
  }

  public String adminAddress() {
    return address(2);
  }

  private String address(int listener) {
    InetSocketAddress bound = (InetSocketAddress) listeners.get(listener).localAddress();
    String host = bound.getAddress().getHostAddress();
    return (host.indexOf(':') >= 0 ? '[' + host + ']' : host) + ':' + bound.getPort();
  }

  private int port(int listener) {
    return HttpListener.port(listeners.get(listener));
  }

  /// `epoll` or `nio`.
  public String transport() {
    return transports.label();
  }

  public int eventLoops() {
    return hub.shards().size();
  }

  public MetricsRegistry metrics() {
    return metrics;
  }

  /// Stops listening, tells every connection to come back later, and ends the loops.
  @Override
  public void close() {
    ready = false;
    listeners.forEach(listener -> listener.close().awaitUninterruptibly());
    onEveryLoop(Shard::closeConnections);
    // What a publisher has in flight reaches its owners in the first turn, and its ack the
    // publisher in the second.
    onEveryLoop(_ -> {});
    onEveryLoop(_ -> {});
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    loops.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    hub.shards().forEach(Shard::close);
  }

  private void onEveryLoop(Consumer<Shard> task) {
    for (Shard shard : hub.shards()) {
      shard.loop().submit(() -> task.accept(shard)).awaitUninterruptibly();
    }
  }
}
