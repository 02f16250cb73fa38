package io.pushrod.server.support;

import java.util.List;
import java.util.stream.IntStream;

/// A Cluster of three primaries on this machine, without replicas.
public final class RedisPrimaries implements AutoCloseable {
  private static final int SLOTS = 16_384;

  private final List<RedisServer> servers;

  public RedisPrimaries() {
    List<Integer> buses = IntStream.range(0, 3).mapToObj(_ -> RedisServer.freePort()).toList();
    servers = buses.stream().map(RedisPrimaries::start).toList();
    for (int i = 0; i < servers.size(); i++) {
      servers
          .get(i)
          .call(
              "CLUSTER",
              "ADDSLOTSRANGE",
              "" + i * SLOTS / servers.size(),
              "" + ((i + 1) * SLOTS / servers.size() - 1));
      servers.get(i).call("CLUSTER", "SET-CONFIG-EPOCH", "" + (i + 1));
    }
    for (RedisServer other : servers.subList(1, servers.size())) {
      servers
          .getFirst()
          .call(
              "CLUSTER",
              "MEET",
              "127.0.0.1",
              "" + other.port(),
              "" + buses.get(servers.indexOf(other)));
    }
    for (RedisServer each : servers) {
      Await.until(
          "cluster is whole",
          () ->
              each.text("CLUSTER", "INFO").contains("cluster_state:ok")
                  && each.text("CLUSTER", "INFO").contains("cluster_known_nodes:3"));
    }
  }

  private static RedisServer start(int bus) {
    return RedisServer.start(
        "",
        "--cluster-enabled",
        "yes",
        "--cluster-port",
        "" + bus,
        "--cluster-node-timeout",
        "2000",
        "--appendonly",
        "yes",
        "--appendfsync",
        "always");
  }

  public String url() {
    return servers.getFirst().url();
  }

  public List<RedisServer> servers() {
    return servers;
  }

  @Override
  public void close() {
    servers.forEach(RedisServer::close);
  }
}
