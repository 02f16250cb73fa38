package io.pushrod.bench.faults;

import io.pushrod.bench.run.FreePorts;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Primaries with a replica each: one that a Sentinel watches, or the three of a Cluster. Servers
/// wait for the replica before they acknowledge.
///
/// **Thread:** one at a time.
final class RedisPairs implements RedisUnderTest {
  private static final String WATCHED = "main";
  private static final int SHARDS = 3;
  private static final int SLOTS = 16_384;
  private final List<RedisPair> pairs;
  private final @Nullable RedisProcess sentinel;

  /// Of their bus, in the order of all servers; empty without a Cluster.
  private final List<Integer> buses;

  private RedisPairs(List<RedisPair> pairs, @Nullable RedisProcess sentinel, List<Integer> buses) {
    this.pairs = List.copyOf(pairs);
    this.sentinel = sentinel;
    this.buses = List.copyOf(buses);
  }

  static RedisPairs underSentinel(Path logs, int maxSeconds) throws IOException {
    List<Integer> ports = FreePorts.of(3);
    RedisProcess primary =
        RedisProcess.server("redis-a", ports.get(0), logs, maxSeconds, List.of());
    RedisProcess replica =
        RedisProcess.server(
            "redis-b",
            ports.get(1),
            logs,
            maxSeconds,
            List.of("replicaof 127.0.0.1 " + primary.port()));
    return new RedisPairs(
        List.of(new RedisPair(primary, replica)),
        RedisProcess.sentinel("sentinel", ports.get(2), logs, maxSeconds, WATCHED, ports.get(0)),
        List.of());
  }

  static RedisPairs asCluster(Path logs, int maxSeconds) throws IOException {
    List<Integer> ports = FreePorts.of(4 * SHARDS);
    List<Integer> buses = ports.subList(2 * SHARDS, 4 * SHARDS);
    List<RedisPair> pairs = new ArrayList<>();
    for (int i = 0; i < SHARDS; i++) {
      pairs.add(
          new RedisPair(
              member("redis-" + i + 'a', ports.get(2 * i), buses.get(2 * i), logs, maxSeconds),
              member(
                  "redis-" + i + 'b',
                  ports.get(2 * i + 1),
                  buses.get(2 * i + 1),
                  logs,
                  maxSeconds)));
    }
    return new RedisPairs(pairs, null, buses);
  }

  private static RedisProcess member(String name, int port, int bus, Path logs, int maxSeconds)
      throws IOException {
    return RedisProcess.server(
        name,
        port,
        logs,
        maxSeconds,
        List.of(
            "cluster-enabled yes",
            "cluster-port " + bus,
            "cluster-node-timeout 1000",
            "cluster-allow-replica-migration no"));
  }

  List<RedisProcess> servers() {
    return pairs.stream().flatMap(pair -> pair.both().stream()).toList();
  }

  @Override
  public void start() throws IOException, InterruptedException {
    for (RedisProcess each : servers()) {
      each.start();
    }
    if (sentinel == null) {
      join();
    }
    for (RedisPair each : pairs) {
      each.awaitWhole();
    }
    if (sentinel != null) {
      sentinel.start();
      awaitSentinel(sentinel);
    }
  }

  /// Waits until it sees what there is.
  private void awaitSentinel(RedisProcess watcher) throws InterruptedException {
    RedisPair.await(
        watcher + " with a primary and a replica",
        () -> {
          String primary = "address=127.0.0.1:" + pairs.getFirst().primary().port();
          return watcher.ask("INFO sentinel").contains("status=ok," + primary + ",slaves=1");
        });
  }

  private void join() throws InterruptedException {
    List<RedisProcess> servers = servers();
    for (int i = 0; i < SHARDS; i++) {
      RedisProcess primary = servers.get(2 * i);
      int first = i * SLOTS / SHARDS;
      int last = (i + 1) * SLOTS / SHARDS - 1;
      primary.tell("CLUSTER ADDSLOTSRANGE " + first + ' ' + last);
      primary.tell("CLUSTER SET-CONFIG-EPOCH " + (i + 1));
    }
    for (int i = 1; i < servers.size(); i++) {
      int port = servers.get(i).port();
      servers.getFirst().tell("CLUSTER MEET 127.0.0.1 " + port + ' ' + buses.get(i));
    }
    awaitAll("cluster_known_nodes:" + servers.size());
    for (int i = 0; i < SHARDS; i++) {
      String id = servers.get(2 * i).ask("CLUSTER MYID");
      servers.get(2 * i + 1).tell("CLUSTER REPLICATE " + id);
    }
    awaitAll("cluster_state:ok");
  }

  private void awaitAll(String info) throws InterruptedException {
    for (RedisProcess each : servers()) {
      RedisPair.await(each + " with " + info, () -> each.ask("CLUSTER INFO").contains(info));
    }
  }

  @Override
  public List<String> settings() {
    if (sentinel != null) {
      return List.of(
          "storage.redis.url=redis-sentinel://127.0.0.1:" + sentinel.port() + "/0#" + WATCHED,
          "storage.redis.wait_replicas=1");
    }
    String hosts =
        servers().stream().map(each -> "127.0.0.1:" + each.port()).collect(Collectors.joining(","));
    return List.of(
        "storage.redis.url=redis://" + hosts,
        "storage.redis.cluster=true",
        "storage.redis.wait_replicas=1");
  }

  @Override
  public List<Proxy> links() {
    return List.of();
  }

  RedisPair pair(int which) {
    return pairs.get(which % pairs.size());
  }

  private void recover(RedisPair hurt) throws InterruptedException {
    hurt.awaitWhole();
    if (sentinel != null) {
      awaitSentinel(sentinel);
    } else {
      awaitAll("cluster_state:ok");
    }
  }

  @Override
  public void kill(int which, long millis) throws IOException, InterruptedException {
    pair(which).kill(millis);
    recover(pair(which));
  }

  @Override
  public void freeze(int which, long millis) throws IOException, InterruptedException {
    pair(which).freeze(millis);
    recover(pair(which));
  }

  @Override
  public void fill(int which, long millis) throws InterruptedException {
    pair(which).fill(millis);
  }

  @Override
  public void close() throws IOException {
    if (sentinel != null) {
      sentinel.close();
    }
    for (RedisPair each : pairs) {
      each.close();
    }
  }
}
