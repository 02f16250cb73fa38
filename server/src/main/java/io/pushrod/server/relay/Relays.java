package io.pushrod.server.relay;

import io.lettuce.core.RedisURI;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.server.config.RelayConfig;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.hub.TopicInterest;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.Desks;
import io.pushrod.server.run.RunStatus;
import io.pushrod.server.run.RunView;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/// All rows of `relays`: told by the hub what is read, they feed it from Redis.
///
/// **Thread:** any.
public final class Relays implements TopicInterest, AutoCloseable {
  /// Whether an event may be published to a topic. **Thread:** any.
  @FunctionalInterface
  public interface Gate {
    boolean admits(TopicKey topic, String type);
  }

  private static final int THREADS = 2;
  private static final long END_SECONDS = 2;

  private final EventExecutor thread;
  private final ClientResources resources;
  private final List<Relay> relays = new ArrayList<>();
  private final Map<String, List<Relay>> byTenant = new HashMap<>();

  private Relays() {
    this.thread = new DefaultEventExecutor(new DefaultThreadFactory("relay", true));
    this.resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(THREADS)
            .computationThreadPoolSize(THREADS)
            .commandLatencyRecorder(CommandLatencyRecorder.disabled())
            .build();
  }

  /// Begins to connect. The caller makes the hub tell it of readers, and closes it in the end.
  ///
  /// @param rows at least one
  /// @param eventBytes the most that a message may have
  /// @param connections the most that the server takes, for KDCube's monitoring; 0 for no bound
  public static Relays start(
      List<RelayConfig> rows,
      Hub hub,
      EventTypes types,
      Gate gate,
      int eventBytes,
      int connections,
      MetricsRegistry metrics) {
    Relays all = new Relays();
    ShardMetrics counters = metrics.shard();
    for (int i = 0; i < rows.size(); i++) {
      RelayRow row =
          new RelayRow(
              rows.get(i).kind().label() + '/' + i,
              rows.get(i),
              Producers.of(rows.get(i)),
              eventBytes);
      Shard origin = hub.shards().get(i % hub.shards().size());
      Producer numbered =
          row.producers() instanceof DockrionProducers
              ? new Producer("relay/" + row.name(), 1)
              : null;
      long queueBytes = row.config().queueBytes();
      Inflow inflow =
          new Inflow(origin, types, numbered, queueBytes, task -> execute(all.thread, task));
      Relay relay = all.add(row, inflow, gate, counters);
      KdcubeStats stats = stats(relay, hub, connections);
      relay.execute(() -> relay.start(stats));
    }
    all.addGauges(metrics);
    return all;
  }

  private static @Nullable KdcubeStats stats(Relay relay, Hub hub, int connections) {
    return relay.row().config().stats() && relay.row().producers() instanceof KdcubeProducers kdcube
        ? new KdcubeStats(relay, kdcube, hub, connections)
        : null;
  }

  private Relay add(RelayRow row, Inflow inflow, Gate gate, ShardMetrics counters) {
    Relay relay =
        new Relay(
            row,
            thread,
            RedisLink.client(resources),
            RedisURI.create(row.config().url().url()),
            inflow,
            gate,
            counters);
    relays.add(relay);
    byTenant.computeIfAbsent(row.config().tenant(), _ -> new ArrayList<>()).add(relay);
    return relay;
  }

  private void addGauges(MetricsRegistry metrics) {
    gauge(
        metrics, "pushrod_relay_up", "Whether a row's Redis is connected.", r -> r.isUp() ? 1 : 0);
    gauge(metrics, "pushrod_relay_channels", "Channels subscribed for a row.", Relay::subscribed);
    gauge(
        metrics,
        "pushrod_relay_waiting_bytes",
        "Messages of a row that wait for their topics.",
        Relay::waitingBytes);
  }

  private void gauge(
      MetricsRegistry metrics, String name, String help, ToLongFunction<Relay> value) {
    Map<String, LongSupplier> values = new LinkedHashMap<>();
    relays.forEach(relay -> values.put(relay.row().name(), () -> value.applyAsLong(relay)));
    metrics.gauge(name, help, "relay", values);
  }

  /// Does a task on the relays' thread; after the end nothing.
  static void execute(EventExecutor thread, Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // The server has ended.
    }
  }

  @Override
  public void onFirst(TopicKey topic) {
    for (Relay relay : of(topic)) {
      String channel = relay.row().producers().channel(topic.name());
      if (channel != null) {
        relay.execute(() -> relay.onFirst(topic, channel));
      }
    }
  }

  @Override
  public void onLast(TopicKey topic) {
    for (Relay relay : of(topic)) {
      String channel = relay.row().producers().channel(topic.name());
      if (channel != null) {
        relay.execute(() -> relay.onLast(channel));
      }
    }
  }

  private List<Relay> of(TopicKey topic) {
    return byTenant.getOrDefault(topic.tenant(), List.of());
  }

  /// Looks for a run that Dockrion's producers have begun. How it stands is not known before its
  /// events are here, and so it counts as running until then.
  ///
  /// @return null when no Redis of the tenant has it; failed when one cannot be asked
  public CompletionStage<@Nullable RunView> findRun(String tenant, String runId) {
    String topic = Desks.runTopic(runId);
    CompletableFuture<Boolean> has = CompletableFuture.completedFuture(false);
    for (Relay relay : byTenant.getOrDefault(tenant, List.of())) {
      has = has.thenCombine(relay.hasHistory(topic), Boolean::logicalOr);
    }
    return has.<@Nullable RunView>thenApply(found -> found ? running(tenant, runId, topic) : null);
  }

  private static RunView running(String tenant, String runId, String topic) {
    return new RunView(
        tenant, runId, topic, "", "", "", false, RunStatus.RUNNING, false, 0, 0, 0, null, null, 0);
  }

  /// Unsubscribes by closing the connections. What has come before is with the hub, if it takes it.
  @Override
  public void close() {
    CompletableFuture<?> gone =
        CompletableFuture.allOf(
            relays.stream().map(Relays::ended).toArray(CompletableFuture[]::new));
    var _ =
        gone.completeOnTimeout(null, END_SECONDS, TimeUnit.SECONDS).handle((_, _) -> null).join();
    thread.shutdownGracefully(0, END_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    resources.shutdown(0, END_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private static CompletableFuture<Void> ended(Relay relay) {
    CompletableFuture<Void> ended = new CompletableFuture<>();
    relay.execute(() -> relay.close().whenComplete((_, _) -> ended.complete(null)));
    return ended;
  }
}
