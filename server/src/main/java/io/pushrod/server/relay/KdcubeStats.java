package io.pushrod.server.relay;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.json.JsonObjectWriter;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.TopicKey;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.concurrent.CompletableFuture;
import java.util.function.Predicate;

/// Tells KDCube's monitoring how many connections and sessions of a project are here: a key for
/// this process that goes by itself when the process does.
///
/// **Thread:** the relay's.
final class KdcubeStats {
  private static final int LIFE_SECONDS = 60;
  static final long EVERY_MILLIS = 20_000;

  private final Relay relay;
  private final Hub hub;
  private final int connections;
  private final Predicate<TopicKey> isSession;
  private final String instance = host();
  private final long process = ProcessHandle.current().pid();
  private boolean isClosed;

  /// @param connections the most that the server takes; 0 for no bound
  KdcubeStats(Relay relay, KdcubeProducers producers, Hub hub, int connections) {
    this.relay = relay;
    this.hub = hub;
    this.connections = connections;
    String tenant = relay.row().config().tenant();
    this.isSession =
        topic ->
            topic.tenant().equals(tenant)
                && !topic.name().equals(producers.projectTopic())
                && producers.channel(topic.name()) != null;
  }

  private static String host() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException e) {
      return "pushrod";
    }
  }

  /// Counts on all shards, and writes what they said.
  void tell() {
    CompletableFuture<Long> all = CompletableFuture.completedFuture(0L);
    for (Shard shard : hub.shards()) {
      CompletableFuture<Long> here = new CompletableFuture<>();
      shard.loop().execute(() -> here.complete(shard.countReaders(isSession)));
      all = all.thenCombine(here, Long::sum);
    }
    all.thenAccept(count -> relay.execute(() -> write(count, relay.countRead(isSession))));
  }

  /// Says that nobody is here any more.
  void tellEnd() {
    write(0, 0);
    isClosed = true;
  }

  private void write(long count, long sessions) {
    RedisLink link = relay.link();
    if (link != null && !isClosed) {
      var _ = link.set(key(), value(count, sessions), LIFE_SECONDS);
    }
  }

  private String key() {
    return relay.row().config().kdcubeTenant()
        + ':'
        + relay.row().config().project()
        + ":kdcube:chat:sse:connections:"
        + instance
        + ':'
        + process;
  }

  private byte[] value(long count, long sessions) {
    ByteBuf out = Unpooled.buffer();
    new JsonObjectWriter(out)
        .number("count", count)
        .number("sessions", sessions)
        .number("max", connections)
        .raw("ts", BigDecimal.valueOf(hub.shards().getFirst().clock().millis(), 3).toString())
        .text("instance_id", instance)
        .number("process_id", process)
        .end();
    return ByteBufUtil.getBytes(out);
  }
}
