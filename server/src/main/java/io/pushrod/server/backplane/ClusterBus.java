package io.pushrod.server.backplane;

import io.pushrod.server.backplane.BusFrame.Message;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The servers that share a Redis: who they are, and what they tell each other.
///
/// Messages of one server to another arrive in order, each once or not at all. They are lost while
/// Redis is away, or when too much waits; whoever relies on them is told so ([#onLost]) and asks
/// again.
///
/// **Thread:** any; callbacks come on the bus's own, `cluster`, and must not block.
/* Each server reads one channel of its own, so that the order of one sender's messages to it is that of its frames, which
 * it sends one after the other and numbers. A hole in the numbers is a loss. Every second an empty frame goes to all, so that
 * the loss of a last message is seen too. A server is there once a frame that it sent to itself has come back: from then on
 * it misses nothing that others send to it. */
public final class ClusterBus implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ClusterBus.class);
  private static final long MAX_BEAT_MILLIS = 1_000;
  private static final int BEATS_PER_TTL = 4;
  private static final long PUBLISH_SECONDS = 5;
  private static final long GOODBYE_SECONDS = 2;

  /// What may wait for one server, and what may wait here to be read.
  private static final int MAX_WAITING_BYTES = 16 << 20;

  private static final String GOODBYE = "bus.goodbye";

  /// Clears away what a server that is gone has left.
  @FunctionalInterface
  public interface Reaper {
    /// May be asked again for the same life, by several servers at once.
    ///
    /// @param life of a server: see [ClusterBus#life]
    /// @return completed when nothing is left of it
    CompletionStage<?> reap(String life);
  }

  private final RedisLink link;
  private final String node;
  private final Heartbeat heartbeat;
  private final ShardMetrics metrics;
  private final LongSupplier nanos;
  private final long beatMillis;
  private final Nodes known;
  private final Map<String, BusQueue> outgoing = new HashMap<>();
  private final Map<String, Long> received = new HashMap<>();
  private final Map<String, BiConsumer<String, byte[]>> handlers = new ConcurrentHashMap<>();
  private final List<Consumer<Set<String>>> nodeListeners = new CopyOnWriteArrayList<>();
  private final List<Consumer<String>> lossListeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> lifeListeners = new CopyOnWriteArrayList<>();
  private final List<Runnable> upListeners = new CopyOnWriteArrayList<>();
  private final List<Reaper> reapers = new CopyOnWriteArrayList<>();
  private final Set<String> clearing = ConcurrentHashMap.newKeySet();
  private final AtomicLong unread = new AtomicLong();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("cluster").factory());
  private volatile Set<String> nodes;
  private volatile String life;
  private int lives = 1;
  private boolean echoed;
  private boolean registered;
  private boolean beating;
  private boolean ended;

  private ClusterBus(RedisLink link, long ttlMillis, ShardMetrics metrics, LongSupplier nanos) {
    this.link = link;
    this.node = link.nodeId();
    this.heartbeat = new Heartbeat(link, ttlMillis);
    this.metrics = metrics;
    this.nanos = nanos;
    this.beatMillis = Math.max(50, Math.min(ttlMillis / BEATS_PER_TTL, MAX_BEAT_MILLIS));
    this.known = new Nodes(node, TimeUnit.MILLISECONDS.toNanos(ttlMillis));
    this.nodes = known.present();
    this.life = node + "~1";
  }

  /// Begins to say that this server is there, and to listen.
  ///
  /// @param ttlMillis who was silent for longer is gone
  /// @param metrics counters of its own thread
  public static ClusterBus start(
      RedisLink link, long ttlMillis, ShardMetrics metrics, LongSupplier nanos) {
    ClusterBus bus = new ClusterBus(link, ttlMillis, metrics, nanos);
    link.subscribe(bus.channel(bus.node), bus::onBytes);
    link.onConnection(
        new ConnectionListener() {
          @Override
          public void onUp() {
            bus.execute(bus::onUp);
          }

          @Override
          public void onResubscribed() {
            bus.execute(bus::onUp);
          }
        });
    var _ =
        bus.thread.scheduleWithFixedDelay(
            () -> bus.run(bus::beat), 0, bus.beatMillis, TimeUnit.MILLISECONDS);
    return bus;
  }

  private String channel(String of) {
    return link.key("bus", of);
  }

  // Who is there.

  /// This server's name, fresh with every process.
  public String node() {
    return node;
  }

  /// All servers, with this one. One that was silent for too long, or said goodbye, is gone.
  public Set<String> nodes() {
    return nodes;
  }

  /// Whoever keeps something in Redis that is to go with this server keeps it under this name. It
  /// is another one after the others took this server for gone.
  public String life() {
    return life;
  }

  /// Hears who is there, at once and whenever that changes.
  public void onNodes(Consumer<Set<String>> listener) {
    execute(
        () -> {
          nodeListeners.add(listener);
          listener.accept(nodes);
        });
  }

  /// Hears of a server whose messages, or some of them, did not arrive: one that was silent, that
  /// is new, or that Redis did not carry them for.
  public void onLost(Consumer<String> listener) {
    lossListeners.add(listener);
  }

  /// Hears that Redis answers again: messages in both directions may be lost.
  public void onReconnected(Runnable listener) {
    upListeners.add(listener);
  }

  /// Hears that this server has begun another [#life], and that what it had under the one before is
  /// being cleared away.
  public void onNewLife(Runnable listener) {
    lifeListeners.add(listener);
  }

  public void onGone(Reaper reaper) {
    reapers.add(reaper);
  }

  // Messages.

  /// Sends to all others that are there.
  public void broadcast(String kind, byte[] message) {
    execute(
        () -> {
          for (String each : nodes) {
            if (!each.equals(node)) {
              post(each, new Message(kind, message));
            }
          }
        });
  }

  /// Sends to one; to this one itself too.
  public void send(String to, String kind, byte[] message) {
    execute(
        () -> {
          if (to.equals(node)) {
            deliver(node, new Message(kind, message));
          } else {
            post(to, new Message(kind, message));
          }
        });
  }

  /// Hears messages of a kind: from whom, and what.
  public void on(String kind, BiConsumer<String, byte[]> handler) {
    if (handlers.putIfAbsent(kind, handler) != null) {
      throw new IllegalStateException("kind: " + kind + " (expected: one listener)");
    }
  }

  /// Runs a task on the thread of the callbacks, behind those that wait.
  public void execute(Runnable task) {
    try {
      thread.execute(() -> run(task));
    } catch (RejectedExecutionException e) {
      log.debug("The bus has ended", e);
    }
  }

  /// Runs a task there again and again.
  public void every(long millis, Runnable task) {
    var _ = thread.scheduleWithFixedDelay(() -> run(task), millis, millis, TimeUnit.MILLISECONDS);
  }

  private void run(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      log.error("A task of the bus failed", e);
    }
  }

  private void post(String to, Message message) {
    if (ended || !nodes.contains(to)) {
      metrics.count(Counter.BUS_DROPPED);
      return;
    }
    if (!to(to).add(message)) {
      metrics.count(Counter.BUS_DROPPED);
    }
    proceed(to);
  }

  private BusQueue to(String to) {
    return outgoing.computeIfAbsent(to, _ -> new BusQueue(node, MAX_WAITING_BYTES));
  }

  private void proceed(String to) {
    BusQueue of = outgoing.get(to);
    if (of == null) {
      return;
    }
    BusFrame frame = of.next();
    if (frame == null) {
      return;
    }
    metrics.count(Counter.BUS_SENT, frame.messages().size());
    publish(to, frame)
        .whenComplete(
            (receivers, failure) ->
                execute(
                    () -> {
                      if (failure != null || receivers == 0) {
                        metrics.count(Counter.BUS_DROPPED, frame.messages().size());
                      }
                      if (outgoing.get(to) == of) {
                        of.done();
                        proceed(to);
                      }
                    }));
  }

  private CompletableFuture<Long> publish(String to, BusFrame frame) {
    try {
      return link.publish(channel(to), frame.encode())
          .toCompletableFuture()
          .copy()
          .orTimeout(PUBLISH_SECONDS, TimeUnit.SECONDS);
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  // Receiving.

  private void onBytes(byte[] bytes) {
    if (unread.addAndGet(bytes.length) > MAX_WAITING_BYTES) {
      unread.addAndGet(-bytes.length);
      return; // the next frame's number says so
    }
    execute(
        () -> {
          unread.addAndGet(-bytes.length);
          onFrame(BusFrame.decode(bytes));
        });
  }

  private void onFrame(@Nullable BusFrame frame) {
    if (frame == null) {
      metrics.count(Counter.BUS_MALFORMED);
      return;
    }
    if (frame.from().equals(node)) {
      if (!echoed) {
        echoed = true;
        beat();
      }
      return;
    }
    Long last = received.put(frame.from(), frame.number());
    if (!isGoodbye(frame) && known.hear(frame.from(), nanos.getAsLong())) {
      onChanged();
    }
    if (last == null || frame.number() != last + 1) {
      metrics.count(Counter.BUS_LOST);
      lossListeners.forEach(listener -> run(() -> listener.accept(frame.from())));
    }
    metrics.count(Counter.BUS_RECEIVED, frame.messages().size());
    frame.messages().forEach(message -> deliver(frame.from(), message));
  }

  private static boolean isGoodbye(BusFrame frame) {
    return frame.messages().stream().anyMatch(each -> each.kind().equals(GOODBYE));
  }

  private void deliver(String from, Message message) {
    if (message.kind().equals(GOODBYE)) {
      if (known.leave(from)) {
        onChanged();
      }
      return;
    }
    BiConsumer<String, byte[]> handler = handlers.get(message.kind());
    if (handler != null) {
      run(() -> handler.accept(from, message.bytes()));
    }
  }

  // Heartbeats.

  private void onUp() {
    beat();
    upListeners.forEach(this::run);
  }

  private void beat() {
    if (ended) {
      return;
    }
    if (!echoed) {
      var _ = publish(node, new BusFrame(node, 1, List.of()));
      return;
    }
    for (String each : nodes) {
      if (!each.equals(node)) {
        to(each).tick();
        proceed(each);
      }
    }
    if (beating) {
      return;
    }
    beating = true;
    heartbeat
        .beat(life, registered, known.isSteady(nanos.getAsLong()))
        .whenComplete((beat, failure) -> execute(() -> onBeat(beat, failure)));
  }

  private void onBeat(Heartbeat.@Nullable Beat beat, @Nullable Throwable failure) {
    beating = false;
    if (ended || failure != null) {
      return;
    }
    if (beat == null) {
      beginNewLife();
      return;
    }
    boolean first = !registered;
    registered = true;
    if (known.look(beat.ages(), nanos.getAsLong())) {
      onChanged();
    }
    if (first) {
      beat(); // those that are there learn of this server at once
    }
    beat.over().forEach(this::clear);
  }

  private void beginNewLife() {
    lives++;
    life = node + '~' + lives;
    registered = false;
    metrics.count(Counter.BUS_LIVES);
    log.warn("cluster: this server was taken for gone (expected: heard of within node_ttl)");
    lifeListeners.forEach(this::run);
    beat();
  }

  private void onChanged() {
    Set<String> now = known.present();
    nodes = now;
    outgoing.keySet().retainAll(now);
    received.keySet().retainAll(now);
    log.info("cluster: {} servers", now.size());
    nodeListeners.forEach(listener -> run(() -> listener.accept(now)));
  }

  private void clear(String gone) {
    if (!clearing.add(gone)) {
      return;
    }
    List<CompletableFuture<?>> all = new ArrayList<>();
    reapers.forEach(reaper -> all.add(reaper.reap(gone).toCompletableFuture()));
    var _ =
        CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
            .thenCompose(_ -> heartbeat.cleared(gone))
            .whenComplete((_, _) -> clearing.remove(gone));
  }

  // The end.

  /// Says goodbye: the others know at once that this server is gone. What it left in Redis is
  /// cleared away by them after `afterMillis`.
  public void leave(long afterMillis) {
    CompletableFuture<Void> left = new CompletableFuture<>();
    execute(
        () -> {
          if (ended) {
            left.complete(null);
            return;
          }
          List<CompletableFuture<?>> all = new ArrayList<>();
          all.add(heartbeat.end(life, afterMillis).toCompletableFuture());
          for (String each : nodes) {
            if (!each.equals(node)) {
              to(each).add(new Message(GOODBYE, new byte[0]));
              proceed(each);
            }
          }
          ended = true;
          var _ =
              CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                  .whenComplete((_, _) -> left.complete(null));
        });
    try {
      var _ = left.get(GOODBYE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      log.debug("No goodbye", e);
    }
  }

  /// Falls silent, without a goodbye.
  @Override
  public void close() {
    link.unsubscribe(channel(node));
    thread.shutdownNow();
  }
}
