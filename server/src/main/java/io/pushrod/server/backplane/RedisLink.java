package io.pushrod.server.backplane;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.lettuce.core.RedisConnectionException;
import io.lettuce.core.RedisURI;
import io.lettuce.core.cluster.PipelinedRedisFuture;
import io.lettuce.core.cluster.RedisClusterURIUtil;
import io.lettuce.core.cluster.api.async.RedisClusterAsyncCommands;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.DefaultClientResources;
import io.lettuce.core.resource.NettyCustomizer;
import io.netty.channel.Channel;
import io.netty.handler.flush.FlushConsolidationHandler;
import io.netty.util.concurrent.DefaultEventExecutor;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.pushrod.server.config.StorageConfig;
import java.lang.reflect.Proxy;
import java.net.URI;
import java.security.SecureRandom;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// This server's connections to the Redis that it shares with others: some for commands, more for
/// channels. It connects again for as long as it is open.
///
/// **Thread:** any. Answers and messages come on Redis's threads and must be short there.
public final class RedisLink implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(RedisLink.class);
  private static final long PROBE_MILLIS = 250;
  private static final int IO_THREADS = 2;
  private static final int NODE_ID_BYTES = 8;

  @SuppressWarnings("unchecked")
  private static final RedisClusterAsyncCommands<byte[], byte[]> NOT_CONNECTED =
      (RedisClusterAsyncCommands<byte[], byte[]>)
          Proxy.newProxyInstance(
              RedisLink.class.getClassLoader(),
              new Class<?>[] {RedisClusterAsyncCommands.class},
              (_, _, _) ->
                  new PipelinedRedisFuture<>(CompletableFuture.failedFuture(new NotConnected())));

  /// Commands that wait for Redis's thread leave by one system call, not by one each.
  private static final class SharedFlushes implements NettyCustomizer {
    private static final int MOST = 256;

    @Override
    public void afterChannelInitialized(Channel channel) {
      channel.pipeline().addFirst(new FlushConsolidationHandler(MOST, true));
    }
  }

  /// A command was not sent.
  static final class NotConnected extends RedisConnectionException {
    private static final long serialVersionUID = 1L;

    NotConnected() {
      super(Obstacle.NOT_CONNECTED);
    }
  }

  private final StorageConfig.Redis config;
  private final ClientResources resources;
  private final Redis redis;
  private final EventExecutor thread;
  private final List<Wire> wires;
  private final Channels channels;
  private final List<ConnectionListener> listeners = new CopyOnWriteArrayList<>();
  private final AtomicInteger turn = new AtomicInteger();
  private final String nodeId;
  private volatile @Nullable String obstacle = Obstacle.CONNECTING;

  /// Whether all that was said is that it does not answer yet.
  private boolean isTold;

  private volatile boolean isClosed;

  /// Begins to connect, and returns when it has, or when Redis took longer than `timeout`: then it
  /// goes on trying.
  ///
  /// @param config with a URL
  public static RedisLink open(StorageConfig.Redis config) {
    RedisLink link = new RedisLink(config);
    CompletableFuture<Void> up = new CompletableFuture<>();
    link.onConnection(
        new ConnectionListener() {
          @Override
          public void onUp() {
            up.complete(null);
          }
        });
    link.start();
    up.completeOnTimeout(null, config.timeoutMillis(), TimeUnit.MILLISECONDS).join();
    link.listeners.removeFirst();
    return link;
  }

  private RedisLink(StorageConfig.Redis config) {
    if (config.url() == null) {
      throw new IllegalArgumentException("storage.redis.url: null (expected: a URL)");
    }
    this.config = config;
    this.resources =
        DefaultClientResources.builder()
            .ioThreadPoolSize(IO_THREADS)
            .computationThreadPoolSize(IO_THREADS)
            .commandLatencyRecorder(CommandLatencyRecorder.disabled())
            .nettyCustomizer(new SharedFlushes())
            .build();
    this.thread = new DefaultEventExecutor(new DefaultThreadFactory("backplane", true));
    String url = config.url().url();
    this.redis =
        config.cluster()
            ? new RedisCluster(
                resources, RedisClusterURIUtil.toRedisURIs(URI.create(url)), config.timeoutMillis())
            : new OneRedis(resources, RedisURI.create(url), config.timeoutMillis());
    this.wires =
        IntStream.range(0, config.connectionPoolSize())
            .mapToObj(_ -> new Wire(redis, thread, this::look))
            .toList();
    this.channels =
        new Channels(
            redis,
            thread,
            new ConnectionListener() {
              @Override
              public void onResubscribed() {
                listeners.forEach(ConnectionListener::onResubscribed);
              }
            });
    byte[] random = new byte[NODE_ID_BYTES];
    new SecureRandom().nextBytes(random);
    this.nodeId = HexFormat.of().formatHex(random);
  }

  private void start() {
    redis.onMoved(() -> execute(channels::doubtAll));
    execute(() -> wires.forEach(Wire::connect));
    var _ =
        thread.scheduleAtFixedRate(this::probe, PROBE_MILLIS, PROBE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void execute(Runnable task) {
    try {
      thread.execute(task);
    } catch (RejectedExecutionException e) {
      // The server has ended.
    }
  }

  private void probe() {
    wires.forEach(Wire::probe);
    channels.ping();
    look();
  }

  /// Holds what is said about Redis against how it is.
  private void look() {
    String now =
        wires.stream().map(Wire::obstacle).filter(each -> each != null).findFirst().orElse(null);
    String before = obstacle;
    obstacle = now;
    if (now == null && before != null) {
      log.info("Redis answers");
      isTold = false;
      listeners.forEach(ConnectionListener::onUp);
    } else if (now != null && !isTold && !now.equals(Obstacle.CONNECTING)) {
      isTold = true;
      log.warn("{}; it is tried again until Redis answers", now);
      if (before == null) {
        listeners.forEach(each -> each.onDown(now));
      }
    }
  }

  StorageConfig.Redis config() {
    return config;
  }

  /// Commands on one of the connections; while there is none, each fails at once. A command that
  /// was under way when its connection broke fails, whether Redis did it or not.
  public RedisClusterAsyncCommands<byte[], byte[]> commands() {
    return commands(turn.getAndIncrement());
  }

  /// Commands of which those with equal `lane` are done in order, as long as the connection lasts.
  RedisClusterAsyncCommands<byte[], byte[]> commands(int lane) {
    Redis.Connection made = wires.get(Math.floorMod(lane, wires.size())).made();
    return made == null ? NOT_CONNECTED : made.commands();
  }

  /// As [#commands(int)], of the one server that has `key`: all on one connection.
  CompletionStage<RedisClusterAsyncCommands<byte[], byte[]>> serverOf(byte[] key, int lane) {
    Redis.Connection made = wires.get(Math.floorMod(lane, wires.size())).made();
    return made == null
        ? CompletableFuture.completedFuture(NOT_CONNECTED)
        : redis.serverOf(made, key);
  }

  /// Makes connections for commands anew: the server at their other end is no primary any more.
  void renew() {
    execute(
        () -> {
          redis.lookAgain();
          wires.forEach(Wire::renew);
        });
  }

  /// What tells a topic from all others in keys.
  static String tag(String tenant, String topic) {
    return tenant.replace("%", "%25").replace(":", "%3A") + ':' + topic;
  }

  /// `<prefix>{<tag>}:<kind>`; keys with one tag share a hash slot, and no two tags share a key.
  public String key(String kind, String tag) {
    String quoted = tag.replace("%", "%25").replace("{", "%7B").replace("}", "%7D");
    return config.prefix() + '{' + quoted + "}:" + kind;
  }

  /// Subscribes a channel for as long as it is wanted, whatever becomes of connections. Sharded on
  /// a Cluster.
  ///
  /// @param listener the only one of this channel
  /// @return completed when Redis has subscribed it
  public CompletionStage<Void> subscribe(String channel, Consumer<byte[]> listener) {
    return channels.subscribe(channel, listener);
  }

  /// No message comes that Redis sends after this.
  public void unsubscribe(String channel) {
    channels.unsubscribe(channel);
  }

  /// Channels that are wanted.
  int channelCount() {
    return channels.count();
  }

  /// @return how many connections got it, of all servers
  public CompletionStage<Long> publish(String channel, byte[] message) {
    byte[] name = channel.getBytes(UTF_8);
    return redis.isSharded()
        ? commands().spublish(name, message)
        : commands().publish(name, message);
  }

  /// Whether channels are sharded.
  boolean isSharded() {
    return redis.isSharded();
  }

  /// Tells `listener` of changes from now on.
  public void onConnection(ConnectionListener listener) {
    listeners.add(listener);
  }

  /// Why Redis cannot be used now; null while it can.
  public @Nullable String obstacle() {
    return obstacle;
  }

  /// This process among all that use the Redis; random.
  public String nodeId() {
    return nodeId;
  }

  @Override
  public void close() {
    if (isClosed) {
      return;
    }
    isClosed = true;
    CompletableFuture<Void> closed = new CompletableFuture<>();
    execute(() -> closeConnections().whenComplete((_, _) -> closed.complete(null)));
    closed.completeOnTimeout(null, RedisOptions.END_SECONDS, TimeUnit.SECONDS).join();
    redis.close();
    thread.shutdownGracefully(0, RedisOptions.END_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
    resources.shutdown(0, RedisOptions.END_SECONDS, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  /// Closes connections before the client is closed, which closes once more what is closing.
  private CompletableFuture<Void> closeConnections() {
    return CompletableFuture.allOf(
        Stream.concat(Stream.of(channels.close()), wires.stream().map(Wire::close))
            .toArray(CompletableFuture[]::new));
  }
}
