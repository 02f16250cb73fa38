package io.pushrod.server;

import io.pushrod.server.admin.AdminEndpoints;
import io.pushrod.server.admin.BackupEndpoint;
import io.pushrod.server.admin.RevocationEndpoints;
import io.pushrod.server.asset.Assets;
import io.pushrod.server.auth.CredentialWatch;
import io.pushrod.server.auth.Credentials;
import io.pushrod.server.compression.Compression;
import io.pushrod.server.compression.CompressionSettings;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.ServerConfig.Validation;
import io.pushrod.server.guard.KillSwitches;
import io.pushrod.server.guard.Switchboard;
import io.pushrod.server.http.Router;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.hub.TopicQuota;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.memory.MemoryPart;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.net.Transports;
import io.pushrod.server.quota.AcceptGate;
import io.pushrod.server.quota.Quotas;
import io.pushrod.server.relay.Relays;
import io.pushrod.server.run.Desks;
import io.pushrod.server.schema.EventSchemas;
import io.pushrod.server.surface.Access;
import io.pushrod.server.surface.guard.AuditTopic;
import io.pushrod.server.surface.guard.KillSwitchEndpoints;
import io.pushrod.server.surface.guard.RunSweep;
import io.pushrod.server.surface.runs.RunsElsewhere;
import io.pushrod.server.transport.ingest.IngestListener;
import io.pushrod.server.transport.ingest.IngestSettings;
import java.nio.file.Path;
import java.util.LinkedHashMap;
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

/// One running server: the only place where its parts are put together.
///
/// **Thread:** any.
public final class PushServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(PushServer.class);

  private final ServerConfig config;
  private final Readership readership;
  private final Clock clock;
  private final Loops loops;
  private final MetricsRegistry metrics;
  private final MemoryBudget memory;
  private final Stores stores;
  private final Cluster cluster;
  private final Hub hub;
  private final Compression compression;
  private final Quotas quotas;
  private final Ports ports;
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

  private PushServer(ServerConfig config, Clock clock) {
    this.config = config;
    this.readership = CoreSettings.readership(config);
    this.clock = clock;
    Transports transports = Loops.transports(config.server());
    this.metrics = new MetricsRegistry(Version.TEXT);
    this.memory = new MemoryBudget(CoreSettings.budgetBytes(config));
    this.stores = Stores.open(config, metrics, clock);
    this.cluster = Cluster.start(stores.link(), config, metrics, clock);
    this.hub = new Hub(memory, new TopicQuota(config.quotas().topicsPerTenant()), stores.storage());
    stores.start(hub);
    this.loops = new Loops(config.server(), transports);
    this.quotas = CoreSettings.quotas(config);
    cluster.countSeats(quotas.users());
    loops.startShards(
        hub, CoreSettings.hub(config, readership, transports, loops.count()), clock, metrics);
    addMemoryGauges();
    cluster.countPresence(hub);
    this.compression = compression();
    this.ports = new Ports(config, loops, acceptGate());
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

  private AcceptGate acceptGate() {
    ServerConfig.Quotas of = config.quotas();
    return new AcceptGate(
        quotas.sockets(),
        of.acceptsPerSecond(),
        of.acceptsPerSecondPerAddress(),
        clock::nanos,
        loops.startAcceptor(clock, metrics.shard()).metrics());
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
            new Guards(switches, switchboard, guard::list),
            stores.tables());
    guard.addTo(router);
    routes.accept(router);
    ports.openHttp(router);
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
    new BackupEndpoint(stores.backups()).addTo(router);
    ports.openAdmin(router);
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
    ports.openIngest(listener);
  }

  public int httpPort() {
    return ports.http();
  }

  public int ingestPort() {
    return ports.ingest();
  }

  public int adminPort() {
    return ports.admin();
  }

  public String httpAddress() {
    return ports.httpAddress();
  }

  public String ingestAddress() {
    return ports.ingestAddress();
  }

  public String adminAddress() {
    return ports.adminAddress();
  }

  /// `epoll`, `io_uring` or `nio`.
  public String transport() {
    return loops.transports().label();
  }

  /// How one event is written to many sockets: `send`, one system call each; `ring`, one for many;
  /// `netty`, whatever the transport does.
  public String fanout() {
    return loops.fanout(hub.shards().getFirst());
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
      new Drain(hub, config.drain(), ports.drained(), publishers, metrics).run();
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
    loops.close();
    if (assets != null) {
      assets.close();
    }
    hub.shards().forEach(Shard::close);
    cluster.close();
    stores.close();
    compression.close();
  }
}
