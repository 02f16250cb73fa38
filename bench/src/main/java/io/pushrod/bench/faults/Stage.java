package io.pushrod.bench.faults;

import io.pushrod.bench.faults.Fault.Kind;
import io.pushrod.bench.faults.Fault.Link;
import io.pushrod.bench.faults.Schedule.Ground;
import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.PushrodAddress;
import io.pushrod.bench.run.Tokens;
import io.pushrod.server.auth.DevSecret;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// All processes and links of a run of the suite.
final class Stage implements AutoCloseable {
  /// Far longer than a clock jumps back.
  private static final Duration TOKEN_AGE = Duration.ofHours(1);

  private static final int READY_SECONDS = 60;

  /// What makes a minute of faults worth an hour: short heartbeats and leases, little in memory,
  /// and nothing forgotten meanwhile.
  private static final List<String> SETTINGS =
      List.of(
          "server.event_loops=2",
          "drain.window=500ms",
          "drain.timeout=8s",
          "heartbeat.ws_ping=1s",
          "heartbeat.sse_comment=1s",
          "heartbeat.ingest_ping=1s",
          "retention.bytes=256MiB",
          "retention.events=1000000",
          "retention.age=24h",
          "runs.lease=4s",
          "runs.offer_timeout=2s",
          "quotas.connections_per_user=0",
          "quotas.connections_per_tenant=0",
          "quotas.connections_per_address=0",
          "quotas.accepts_per_second_per_address=0",
          "quotas.publish_per_second=0");

  private static final List<String> DISK =
      List.of("storage.backend=disk", "storage.resident_bytes=64KiB", "storage.disk.reserve=32MiB");

  private static final List<String> REDIS =
      List.of(
          "storage.backend=redis",
          "storage.resident_bytes=64KiB",
          "storage.redis.timeout=2s",
          "storage.redis.node_ttl=4s",
          "storage.redis.max_events_per_run=1000000");

  private final List<ServerNode> nodes = new ArrayList<>();
  private final Path logs;
  private @Nullable RedisUnderTest redis;
  private @Nullable WorkerProcess worker;
  private List<Proxy> readers = List.of();
  private List<Proxy> publishers = List.of();
  private String token = "";
  private boolean canFill;

  private Stage(Path logs) {
    this.logs = logs;
  }

  /// Starts servers of a backend, what they need, and a worker.
  ///
  /// @param more settings, behind those of the suite
  static Stage start(
      Path root, Path logs, Backend backend, int servers, List<String> more, int maxSeconds)
      throws IOException, InterruptedException {
    Stage stage = new Stage(logs);
    try {
      stage.begin(root, backend, servers, more, maxSeconds);
      return stage;
    } catch (IOException | InterruptedException | RuntimeException e) {
      stage.close();
      throw e;
    }
  }

  /// Puts links between a server that runs already and its clients.
  static Stage at(PushrodAddress address, String token, Path logs) throws IOException {
    Stage stage = new Stage(logs);
    stage.readers = List.of(Proxy.to(address.host(), address.port()));
    stage.publishers = List.of(Proxy.to(address.host(), address.ingestPort()));
    stage.token = token;
    return stage;
  }

  private void begin(Path root, Backend backend, int servers, List<String> more, int maxSeconds)
      throws IOException, InterruptedException {
    canFill = backend == Backend.DISK && Disk.canMount(logs);
    RedisUnderTest shared = redis(backend, maxSeconds);
    redis = shared;
    if (shared != null) {
      shared.start();
    }
    for (int i = 0; i < servers; i++) {
      List<String> settings = new ArrayList<>(SETTINGS);
      settings.addAll(shared == null ? settings(backend) : settings(shared));
      settings.addAll(more);
      Disk disk = Disk.at(logs.resolve("data-" + i), canFill);
      nodes.add(new ServerNode(i, root, logs, disk, settings, maxSeconds));
      shareSecret(disk.folder());
    }
    for (ServerNode node : nodes) {
      node.start();
    }
    readers = nodes.stream().map(ServerNode::readers).toList();
    publishers = nodes.stream().map(ServerNode::publishers).toList();
    worker = new WorkerProcess(logs, token, ports(publishers), maxSeconds);
    worker.start();
  }

  private @Nullable RedisUnderTest redis(Backend backend, int maxSeconds) throws IOException {
    return switch (backend) {
      case MEMORY, DISK -> null;
      case REDIS -> new SingleRedis(logs, maxSeconds);
      case SENTINEL -> RedisPairs.underSentinel(logs, maxSeconds);
      case CLUSTER -> RedisPairs.asCluster(logs, maxSeconds);
    };
  }

  private static List<String> settings(Backend backend) {
    return backend == Backend.DISK ? DISK : List.of();
  }

  private static List<String> settings(RedisUnderTest shared) throws IOException {
    List<String> settings = new ArrayList<>(REDIS);
    settings.addAll(shared.settings());
    return settings;
  }

  /// All servers take the tokens of the first.
  private void shareSecret(Path data) throws IOException {
    if (token.isEmpty()) {
      token = Tokens.service(data, "dev", Instant.now().minus(TOKEN_AGE));
    } else {
      Path secret = DevSecret.file(data);
      Files.createDirectories(secret.getParent());
      Files.copy(
          DevSecret.file(nodes.getFirst().data()), secret, StandardCopyOption.COPY_ATTRIBUTES);
    }
  }

  private static List<Integer> ports(List<Proxy> proxies) {
    return proxies.stream().map(Proxy::port).toList();
  }

  String token() {
    return token;
  }

  /// Of the links to each server's public port.
  List<Integer> readerPorts() {
    return ports(readers);
  }

  /// Of the links to each server's ingest port.
  List<Integer> publisherPorts() {
    return ports(publishers);
  }

  List<ServerNode> nodes() {
    return nodes;
  }

  @Nullable RedisUnderTest redis() {
    return redis;
  }

  @Nullable WorkerProcess worker() {
    return worker;
  }

  Proxy link(Link link, int node) {
    return switch (link) {
      case READERS -> readers.get(node);
      case PUBLISHERS -> publishers.get(node);
      case REDIS -> redisLinks().get(node);
    };
  }

  private List<Proxy> redisLinks() {
    return redis == null ? List.of() : redis.links();
  }

  /// What there is to be hurt.
  Ground ground() {
    List<Kind> kinds =
        new ArrayList<>(
            List.of(Kind.DELAY, Kind.TRICKLE, Kind.CUT, Kind.HALF_CLOSE, Kind.BLACKHOLE));
    List<Link> links = new ArrayList<>(List.of(Link.READERS, Link.PUBLISHERS));
    if (!nodes.isEmpty()) {
      kinds.addAll(
          List.of(
              Kind.KILL_SERVER,
              Kind.DRAIN_SERVER,
              Kind.FREEZE_SERVER,
              Kind.JUMP_CLOCK,
              Kind.KILL_WORKER,
              Kind.FREEZE_WORKER));
    }
    if (canFill) {
      kinds.add(Kind.FILL_DISK);
    }
    if (redis != null) {
      kinds.addAll(List.of(Kind.KILL_REDIS, Kind.FREEZE_REDIS, Kind.FILL_REDIS, Kind.MOVE_READERS));
    }
    if (!redisLinks().isEmpty()) {
      links.add(Link.REDIS);
    }
    return new Ground(kinds, links, readers.size());
  }

  /// Waits until every server that was started here says that it is ready.
  ///
  /// @return those that do not
  List<String> awaitReady() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(READY_SECONDS);
    List<String> unready = new ArrayList<>();
    for (ServerNode node : nodes) {
      while (!node.isReady()) {
        if (System.nanoTime() > deadline) {
          unready.add(node.toString());
          break;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
    }
    return unready;
  }

  @Override
  public void close() throws IOException {
    List<AutoCloseable> all = new ArrayList<>(nodes);
    all.addAll(readers);
    all.addAll(publishers);
    if (worker != null) {
      all.addFirst(worker);
    }
    if (redis != null) {
      all.addLast(redis);
    }
    BenchException failure = null;
    for (AutoCloseable each : all) {
      try {
        each.close();
      } catch (Exception e) {
        failure = new BenchException("close: " + e);
      }
    }
    if (failure != null) {
      throw failure;
    }
  }
}
