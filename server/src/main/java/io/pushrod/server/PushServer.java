package io.pushrod.server;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.internal.PlatformDependent;
import io.pushrod.server.admin.AdminEndpoints;
import io.pushrod.server.admin.RevocationEndpoints;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.auth.CredentialWatch;
import io.pushrod.server.auth.Credentials;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.compression.CompressionSettings;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.Network;
import io.pushrod.server.config.PresenceConfig;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.ServerConfig.Validation;
import io.pushrod.server.guard.KillSwitches;
import io.pushrod.server.guard.Switchboard;
import io.pushrod.server.http.HttpListener;
import io.pushrod.server.http.HttpSettings;
import io.pushrod.server.http.OriginPolicy;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.hub.TopicQuota;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Retention;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.memory.MemoryPart;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.Transport;
import io.pushrod.server.net.DeadlineWheel;
import io.pushrod.server.net.LoopContext;
import io.pushrod.server.net.Transports;
import io.pushrod.server.net.ring.LinuxKernel;
import io.pushrod.server.net.ring.RingException;
import io.pushrod.server.presence.PresenceSettings;
import io.pushrod.server.quota.AcceptGate;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.quota.SocketSeats;
import io.pushrod.server.quota.UserSeats;
import io.pushrod.server.relay.Relays;
import io.pushrod.server.run.Desks;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.guard.AuditTopic;
import io.pushrod.server.surface.guard.KillSwitchEndpoints;
import io.pushrod.server.surface.guard.RunSweep;
import io.pushrod.server.surface.runs.RunsElsewhere;
import io.pushrod.server.transport.ingest.IngestListener;
import io.pushrod.server.transport.ingest.IngestSettings;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// One running server: the only place where its parts are put together.
///
/// **Thread:** any.
public final class PushServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PushServer.class);
  private static final long TICK_MILLIS = 100;

  // Ways of fan-out.
  private static final String WRITER = "netty";
  private static final String SEND = "send";
  private static final String RING = "ring";

  /// An inbox keeps a place for every shard; with less room it would never take anything.
  private static final int INBOX_ENTRIES_PER_SHARD = 4;

  private final ServerConfig config;
  private final Readership readership;
  private final Clock clock;
  private final Transports transports;
  private final EventLoopGroup loops;
  private final EventLoopGroup acceptor;
  private final MetricsRegistry metrics;
  private final MemoryBudget memory;
  private final Stores stores;
  private final Cluster cluster;
  private final Hub hub;
  private final Compression compression;
  private final Map<EventExecutor, LoopContext> contexts = new HashMap<>();
  private final UnpooledByteBufAllocator segments = new UnpooledByteBufAllocator(true);
  private final List<Channel> listeners = new ArrayList<>();
  private final AtomicBoolean closed = new AtomicBoolean();
  private IntSupplier publishers = () -> 0;

  /// Why the server wants no traffic; null while it does.
  private volatile @Nullable String obstacle = "starting";

  private @Nullable Credentials credentials;
  private @Nullable CredentialWatch watch;
  private @Nullable Desks desks;
  private @Nullable RunCluster runCluster;
  private @Nullable Assets assets;
  private @Nullable Switchboard board;
  private @Nullable Relays relays;
  private final Quotas quotas;
  private final AcceptGate gate;

  private PushServer(ServerConfig config, Clock clock) {
    this.config = config;
    this.readership = readership(config.auth().ownedTopics());
    this.clock = clock;
    this.transports = Transports.of(config.server().transport().name().toLowerCase(Locale.ROOT));
    this.metrics = new MetricsRegistry(Version.TEXT);
    this.memory = new MemoryBudget(budgetBytes(config));
    this.stores = Stores.open(config, metrics, clock);
    this.cluster = Cluster.start(stores.link(), config, metrics, clock);
    this.hub = new Hub(memory, new TopicQuota(config.quotas().topicsPerTenant()), stores.storage());
    stores.start(hub);
    int count = config.server().eventLoops();
    int shards = count > 0 ? count : Runtime.getRuntime().availableProcessors();
    this.loops = transports.group(shards, new DefaultThreadFactory("shard"));
    this.acceptor = transports.group(1, new DefaultThreadFactory("accept"));
    this.quotas = quotas(config);
    cluster.countSeats(quotas.users());
    startShards(shards);
    this.compression = compression();
    this.gate = acceptGate();
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

  private Compression compression() {
    ServerConfig.Compression of = config.compression();
    return new Compression(
        new CompressionSettings(of.websocket(), of.sse(), of.level(), of.minBytes()),
        hub.shards().stream().map(Shard::metrics).toList());
  }

  private static Quotas quotas(ServerConfig config) {
    ServerConfig.Quotas of = config.quotas();
    List<Network> proxies =
        config.http().trustedProxies().stream()
            .map(text -> Objects.requireNonNull(Network.parse(text)))
            .toList();
    return new Quotas(
        new SocketSeats(of.connections(), of.connectionsPerAddress(), proxies),
        new UserSeats(of.connectionsPerUser(), of.connectionsPerTenant()),
        new PublishRates(of.publishPerSecond(), of.publishBurst()));
  }

  /// The loop that accepts connections serves the admin port too, so that a scrape holds up no
  /// shard.
  private AcceptGate acceptGate() {
    EventLoop loop = acceptor.next();
    DeadlineWheel wheel = new DeadlineWheel(clock.nanos());
    loop.scheduleAtFixedRate(
        () -> wheel.advance(clock.nanos()), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    LoopContext context = new LoopContext(metrics.shard(), wheel);
    contexts.put(loop, context);
    return new AcceptGate(
        quotas.sockets(),
        config.quotas().acceptsPerSecond(),
        config.quotas().acceptsPerSecondPerAddress(),
        clock::nanos,
        context.metrics());
  }

  private void startShards(int count) {
    HubSettings settings = hubSettings(count);
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
    if (config.server().fanout() != ServerConfig.Fanout.SEND && transports == Transports.EPOLL) {
      shards.forEach(this::openRing);
    }
    metrics.gauge(
        "pushrod_log_bytes",
        "Off-heap memory of topic logs.",
        () -> segments.metric().usedDirectMemory());
    metrics.gauge(
        "pushrod_topics",
        "Topics that have a log.",
        () -> shards.stream().mapToLong(Shard::ownedTopics).sum());
    metrics.gauge(
        "pushrod_presence_members",
        "Users known by name to be on a topic; one of several topics counts as often.",
        () -> shards.stream().mapToLong(shard -> shard.presence().members()).sum());
    Map<String, LongSupplier> fanouts = new LinkedHashMap<>();
    for (String way : List.of(WRITER, SEND, RING)) {
      fanouts.put(way, () -> shards.stream().filter(shard -> way.equals(fanout(shard))).count());
    }
    metrics.gauge(
        "pushrod_event_loops",
        "Event loops, by how they write one event to many sockets.",
        "fanout",
        fanouts);
    addMemoryGauges();
    cluster.countPresence(hub);
  }

  private String fanout(Shard shard) {
    if (transports != Transports.EPOLL) {
      return WRITER;
    }
    return shard.hasRing() ? RING : SEND;
  }

  private void openRing(Shard shard) {
    shard
        .loop()
        .submit(
            () -> {
              try {
                shard.fanOutThroughRing(LinuxKernel.load());
              } catch (RingException e) {
                boolean asked = config.server().fanout() == ServerConfig.Fanout.RING;
                log.atLevel(asked ? Level.WARN : Level.INFO)
                    .log(
                        "server.fanout: ring is not to be had here; each write is a system call of"
                            + " its own: {}",
                        e.getMessage());
              }
            })
        .syncUninterruptibly();
  }

  /// Half of what the JVM may use off the heap, unless it is said.
  private static long budgetBytes(ServerConfig config) {
    long said = config.memory().budgetBytes();
    return said > 0 ? said : Math.max(1, PlatformDependent.maxDirectMemory() / 2);
  }

  private void addMemoryGauges() {
    Map<String, LongSupplier> parts = new LinkedHashMap<>();
    for (MemoryPart part : MemoryPart.values()) {
      parts.put(part.label(), () -> memory.bytes(part));
    }
    metrics.gauge("pushrod_memory_bytes", "What the budget counts.", "part", parts);
    metrics.gauge(
        "pushrod_memory_budget_bytes",
        "What logs, outboxes and publishers may hold together.",
        memory::budgetBytes);
    metrics.gauge(
        "pushrod_memory_pressure",
        "0 below 80 % of the budget, 1 high, 2 severe from 95 %, 3 full.",
        () -> memory.pressure().ordinal());
  }

  /// What logs, outboxes and publishers may hold together.
  public long memoryBudgetBytes() {
    return memory.budgetBytes();
  }

  private @Nullable String obstacle() {
    String known = obstacle;
    if (known != null) {
      return known;
    }
    return memory.pressure() == Pressure.FULL
        ? "memory budget used up"
        : stores.storage().obstacle();
  }

  private HubSettings hubSettings(int shards) {
    ServerConfig.Retention retention = config.retention();
    return new HubSettings(
        new Retention(
            retention.bytes(),
            retention.events(),
            retention.ageMillis(),
            retention.lifecycleBytes()),
        config.env(),
        config.limits().producersPerTopic(),
        Math.max(config.limits().inboxEntries(), INBOX_ENTRIES_PER_SHARD * shards),
        config.limits().outboxEntries(),
        config.limits().outboxBytes(),
        config.fold().thresholdBytes(),
        config.timeouts().writeProgressNanos(),
        transports == Transports.EPOLL ? SocketWriters.EPOLL : SocketWriters.NETTY,
        readership,
        presence(config.presence()));
  }

  private static Readership readership(List<String> owned) {
    return new Readership(topics("auth.owned_topics", owned));
  }

  private static PresenceSettings presence(PresenceConfig of) {
    return new PresenceSettings(
        topics("presence.topics", of.topics()),
        of.membersPerTopic(),
        of.leaveDelayNanos(),
        of.stateBytes(),
        of.pageMembers());
  }

  private static Grants topics(String key, List<String> patterns) {
    try {
      return Grants.of(patterns);
    } catch (IllegalArgumentException e) {
      throw new ConfigException(
          key + ": " + patterns + " (expected: topics, patterns such as thread/*, or \"*\")");
    }
  }

  private void listen(Consumer<Router> routes) {
    EventTypes types = new EventTypes(config.events().classes());
    EventSchemas schemas = schemas(config.events());
    Credentials known = Credentials.of(config, metrics);
    credentials = known;
    KillSwitches switches =
        new KillSwitches(config.dataDir(), config.quotas().killSwitchesPerTenant());
    Access access = new Access(known, clock, config.auth().carriers(), switches);
    CredentialWatch watching =
        CredentialWatch.start(
            known,
            hub::closeBearers,
            metrics.shard(),
            clock::millis,
            cluster.records("revocations"));
    watch = watching;
    RunCluster shared =
        cluster.runs(config, hub, Runs.settings(config), types, clock, metrics.shard());
    runCluster = shared;
    Desks runs = shared == null ? restoredDesks(types) : shared.desks();
    desks = runs;
    Switchboard switchboard = switchboard(types, switches, runs);
    board = switchboard;
    switchboard.begin();
    Assets files = AssetFiles.of(config, metrics.shard(), clock);
    assets = files;
    metrics.gauge(
        "pushrod_asset_transfers", "Uploads, downloads and removals under way.", files::transfers);
    KillSwitchEndpoints guard =
        new KillSwitchEndpoints(access, switches, switchboard, clock::millis);
    Router router =
        PublicRoutes.of(
            config,
            hub,
            access,
            types,
            schemas,
            readership,
            quotas,
            runs,
            files,
            startRelays(types, runs),
            compression,
            new Guards(switches, switchboard, guard::list));
    guard.addTo(router);
    routes.accept(router);
    bindHttp(
        router,
        OriginPolicy.of(config.http().allowedOrigins()),
        Transport.HTTP,
        config.http().host(),
        config.http().port());
    listenIngest(types, schemas, access, runs);
    listenAdmin(watching);
    obstacle = null;
  }

  private Desks restoredDesks(EventTypes types) {
    long began = clock.nanos();
    Desks restored = new Desks(hub, Runs.settings(config), types, stores.runs());
    int open;
    try {
      open = restored.restore();
    } catch (IllegalArgumentException | IllegalStateException e) {
      throw new ConfigException("stored runs: " + e.getMessage());
    }
    if (open > 0) {
      log.info(
          "Runs and messages: {} go on, read in {} ms",
          open,
          TimeUnit.NANOSECONDS.toMillis(clock.nanos() - began));
    }
    return restored;
  }

  private EventSchemas schemas(ServerConfig.Events events) {
    Path folder = events.schemas();
    return folder == null || events.validation() == Validation.OFF
        ? EventSchemas.NONE
        : EventSchemas.load(
            folder,
            events.validation() == Validation.REJECT,
            events.validationSteps(),
            clock::nanos);
  }

  /// A server without rows loads nothing of Redis.
  private RunsElsewhere startRelays(EventTypes types, Desks runs) {
    if (config.relays().isEmpty()) {
      return RunsElsewhere.NONE;
    }
    Relays started =
        Relays.start(
            config.relays(),
            hub,
            types,
            (topic, type) -> runs.judge(topic, null, type) == null,
            config.limits().eventBytes(),
            config.quotas().connections(),
            metrics);
    relays = started;
    hub.tell(started);
    return started::findRun;
  }

  private Switchboard switchboard(EventTypes types, KillSwitches switches, Desks desks) {
    AuditTopic audited = new AuditTopic(hub, types);
    RunSweep runs = new RunSweep(desks);
    return new Switchboard(
        switches,
        hub::closeBearers,
        change -> {
          runs.sweep(change);
          if (change.here()) {
            audited.record(change);
          }
        },
        metrics.shard(),
        cluster.records("kill-switches"));
  }

  private void listenAdmin(CredentialWatch watching) {
    Router router = new Router(0);
    new AdminEndpoints(metrics, this::obstacle).addTo(router);
    new RevocationEndpoints(watching, clock::millis, config.auth().revocationTimeMillis())
        .addTo(router);
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
            .childOption(ChannelOption.RECVBUF_ALLOCATOR, transports.receiveAllocator());
    if (transport != Transport.ADMIN) {
      bootstrap.handler(gate);
    }
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
        config.limits().headers(),
        config.limits().publishBodyBytes(),
        config.limits().pipelinedRequests(),
        timeouts.handshakeNanos(),
        timeouts.headerNanos(),
        timeouts.bodyNanos(),
        timeouts.idleNanos());
  }

  private void listenIngest(EventTypes types, EventSchemas schemas, Access access, Desks desks) {
    ServerConfig.Limits limits = config.limits();
    IngestListener listener =
        new IngestListener(
            hub,
            access,
            types,
            schemas,
            new IngestSettings(
                limits.ingestFrameBytes(),
                limits.eventBytes(),
                limits.ingestWindowBytes(),
                limits.ingestWindowEvents(),
                config.heartbeat().ingestPingNanos(),
                config.timeouts().handshakeNanos(),
                config.timeouts().writeProgressNanos(),
                "pushrod " + Version.TEXT),
            quotas,
            desks);
    publishers = listener::open;
    String host = config.ingest().host();
    int port = config.ingest().port();
    bound(
        listener.bind(bootstrap(loops).handler(gate), new InetSocketAddress(host, port)),
        Transport.INGEST,
        host,
        port);
  }

  private ServerBootstrap bootstrap(EventLoopGroup served) {
    return transports
        .serverBootstrap(acceptor, served, config.tcp().notsentLowatBytes())
        .childOption(
            ChannelOption.WRITE_BUFFER_WATER_MARK,
            transports.waterMark(config.tcp().notsentLowatBytes()));
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

  /// `epoll`, `io_uring` or `nio`.
  public String transport() {
    return transports.label();
  }

  /// How one event is written to many sockets: `send`, one system call each; `ring`, one for many;
  /// `netty`, whatever the transport does.
  public String fanout() {
    return fanout(hub.shards().getFirst());
  }

  public int eventLoops() {
    return hub.shards().size();
  }

  /// What is taken now of what all, a tenant, a user and an address may take.
  public Quotas quotas() {
    return quotas;
  }

  /// Where runs are started, and workers found for them.
  public Desks desks() {
    return Objects.requireNonNull(desks, "desks: none (expected: a server that listens)");
  }

  public MetricsRegistry metrics() {
    return metrics;
  }

  /// Whether every loop has begun to drain.
  boolean isDraining() {
    return hub.shards().stream().allMatch(Shard::isDraining);
  }

  /// Drains and ends: see [Drain]. Returns when nobody is connected any more, or `drain.timeout`
  /// and a little more has passed. The admin port answers to the end.
  @Override
  public void close() {
    if (!closed.compareAndSet(false, true)) {
      return;
    }
    RunCluster shared = runCluster;
    if (obstacle == null) {
      obstacle = "draining";
      if (shared != null) {
        shared.leave();
      }
      new Drain(hub, config.drain(), listeners.subList(0, 2), publishers, metrics).run();
    }
    if (relays != null) {
      relays.close();
    }
    if (watch != null) {
      watch.close();
    }
    if (board != null) {
      board.close();
    }
    if (credentials != null) {
      credentials.close();
    }
    if (shared != null) {
      shared.close();
    }
    if (desks != null) {
      desks.close();
    }
    stores.end();
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    loops.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
    if (assets != null) {
      assets.close();
    }
    hub.shards().forEach(Shard::close);
    cluster.close();
    stores.close();
    compression.close();
  }
}
