package io.pushrod.server;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.net.DeadlineWheel;
import io.pushrod.server.net.LoopContext;
import io.pushrod.server.net.Transports;
import io.pushrod.server.net.ring.LinuxKernel;
import io.pushrod.server.net.ring.RingException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// The event loops of a server: one for each shard, and one that accepts connections and serves the
/// admin port, so that a scrape holds up no shard.
///
/// **Thread:** any; immutable once the shards were started.
final class Loops {
  private static final Logger log = LoggerFactory.getLogger(Loops.class);
  private static final long TICK_MILLIS = 100;

  // Ways of fan-out.
  private static final String WRITER = "netty";
  private static final String SEND = "send";
  private static final String RING = "ring";

  private final ServerConfig.Server config;
  private final Transports transports;
  private final int count;
  private final EventLoopGroup shards;
  private final EventLoopGroup acceptor;
  private final Map<EventExecutor, LoopContext> contexts = new HashMap<>();
  private final UnpooledByteBufAllocator segments = new UnpooledByteBufAllocator(true);

  Loops(ServerConfig.Server config, Transports transports) {
    this.config = config;
    this.transports = transports;
    int wanted = config.eventLoops();
    this.count = wanted > 0 ? wanted : Runtime.getRuntime().availableProcessors();
    this.shards = transports.group(count, new DefaultThreadFactory("shard"));
    this.acceptor = transports.group(1, new DefaultThreadFactory("accept"));
  }

  /// The transport that is wanted here, or the best there is.
  static Transports transports(ServerConfig.Server config) {
    return Transports.of(config.transport().name().toLowerCase(Locale.ROOT));
  }

  Transports transports() {
    return transports;
  }

  /// How many shards there are.
  int count() {
    return count;
  }

  /// Those of the shards.
  EventLoopGroup shards() {
    return shards;
  }

  EventLoopGroup acceptor() {
    return acceptor;
  }

  LoopContext context(EventLoop loop) {
    return Objects.requireNonNull(contexts.get(loop), "loop: unknown");
  }

  /// Starts a shard on each of their loops, for `hub`.
  void startShards(Hub hub, HubSettings settings, Clock clock, MetricsRegistry metrics) {
    List<Shard> all = new ArrayList<>();
    for (EventExecutor executor : shards) {
      Shard shard =
          new Shard(
              all.size(), (EventLoop) executor, hub, settings, clock, metrics.shard(), segments);
      all.add(shard);
      contexts.put(executor, new LoopContext(shard.metrics(), shard.wheel()));
    }
    hub.start(all);
    all.forEach(Shard::start);
    if (config.fanout() != ServerConfig.Fanout.SEND && transports == Transports.EPOLL) {
      all.forEach(this::openRing);
    }
    gauges(all, metrics);
  }

  /// Begins to watch deadlines on the loop that accepts connections.
  LoopContext startAcceptor(Clock clock, ShardMetrics metrics) {
    EventLoop loop = acceptor.next();
    DeadlineWheel wheel = new DeadlineWheel(clock.nanos());
    var _ =
        loop.scheduleAtFixedRate(
            () -> wheel.advance(clock.nanos()), TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
    LoopContext context = new LoopContext(metrics, wheel);
    contexts.put(loop, context);
    return context;
  }

  private void openRing(Shard shard) {
    shard
        .loop()
        .submit(
            () -> {
              try {
                shard.fanOutThroughRing(LinuxKernel.load());
              } catch (RingException e) {
                boolean asked = config.fanout() == ServerConfig.Fanout.RING;
                log.atLevel(asked ? Level.WARN : Level.INFO)
                    .log(
                        "server.fanout: ring is not to be had here; each write is a system call of"
                            + " its own: {}",
                        e.getMessage());
              }
            })
        .syncUninterruptibly();
  }

  /// As [PushServer#fanout] says it.
  String fanout(Shard shard) {
    if (transports != Transports.EPOLL) {
      return WRITER;
    }
    return shard.hasRing() ? RING : SEND;
  }

  private void gauges(List<Shard> all, MetricsRegistry metrics) {
    metrics.gauge(
        "pushrod_log_bytes",
        "Off-heap memory of topic logs.",
        () -> segments.metric().usedDirectMemory());
    metrics.gauge(
        "pushrod_topics",
        "Topics that have a log.",
        () -> all.stream().mapToLong(Shard::ownedTopics).sum());
    metrics.gauge(
        "pushrod_presence_members",
        "Users known by name to be on a topic; one of several topics counts as often.",
        () -> all.stream().mapToLong(shard -> shard.presence().members()).sum());
    Map<String, LongSupplier> fanouts = new LinkedHashMap<>();
    for (String way : List.of(WRITER, SEND, RING)) {
      fanouts.put(way, () -> all.stream().filter(shard -> way.equals(fanout(shard))).count());
    }
    metrics.gauge(
        "pushrod_event_loops",
        "Event loops, by how they write one event to many sockets.",
        "fanout",
        fanouts);
  }

  /// Ends them, the acceptor first; connections that are left are closed.
  void close() {
    acceptor.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
    shards.shutdownGracefully(50, 5_000, TimeUnit.MILLISECONDS).awaitUninterruptibly();
  }
}
