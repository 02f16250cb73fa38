package io.pushrod.server.run;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.run.wire.Wire;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Several servers' desks on one thread, with a wire that does what the test says and a clock that
/// stands still.
final class ClusterFixture implements Clock, AutoCloseable {
  static final long TTL_MILLIS = 3_000;
  private static final long STEP_MILLIS = 50;
  private static final ClusterSettings TIMES =
      new ClusterSettings(TimeUnit.SECONDS.toNanos(5), TimeUnit.MILLISECONDS.toNanos(300), 1 << 20);

  final Map<String, Node> nodes = new LinkedHashMap<>();
  private final RunSettings settings;
  private final Map<String, Taken> taken = new HashMap<>();
  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  private final FencedStore store =
      new FencedStore(
          fence -> taken.values().stream().anyMatch(by -> by.fence() == fence && isNow(by)));
  private final ArrayDeque<Posted> wire = new ArrayDeque<>();
  final Random random;
  private long nowNanos = TimeUnit.HOURS.toNanos(1);
  private long fences;

  /// Of a hundred messages, how many get lost, come twice, come late.
  int lost;

  int doubled;
  int late;

  private record Taken(String node, long fence, long untilNanos) {}

  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Posted(String from, String to, byte[] bytes, long dueNanos) {}

  ClusterFixture(RunSettings settings, long seed) {
    this.settings = settings;
    this.random = new Random(seed);
  }

  Node node(String name) {
    Node node = nodes.get(name);
    if (node == null) {
      node = new Node(name);
      nodes.put(name, node);
      tellNodes();
      node.join();
      run();
    }
    return node;
  }

  private void tellNodes() {
    Set<String> there = new TreeSet<>();
    nodes.values().stream().filter(node -> !node.dead).forEach(node -> there.add(node.name));
    nodes.values().stream()
        .filter(node -> !node.dead && node.listener != null)
        .forEach(node -> Objects.requireNonNull(node.listener).onNodes(there));
  }

  /// A server that stops without a word; the others notice when its time is over.
  void kill(Node node) {
    node.dead = true;
    wire.removeIf(posted -> posted.to().equals(node.name));
  }

  /// The others take one for gone that is not.
  void cutOff(Node node) {
    node.dead = true;
    tellNodes();
    node.dead = false;
    run();
  }

  /// The others take a server for gone.
  void bury() {
    tellNodes();
    run();
  }

  @Override
  public long nanos() {
    return nowNanos;
  }

  @Override
  public long millis() {
    return 1_795_241_760_123L + TimeUnit.NANOSECONDS.toMillis(nowNanos);
  }

  void run() {
    boolean busy = true;
    while (busy) {
      busy = deliver();
      for (Node node : nodes.values()) {
        busy |= !node.dead && !node.frozen && node.runTasks();
      }
    }
  }

  private boolean deliver() {
    boolean any = false;
    for (Posted posted : List.copyOf(wire)) {
      if (posted.dueNanos() - nowNanos <= 0) {
        Node to = nodes.get(posted.to());
        if (to == null || to.dead || to.frozen) {
          continue;
        }
        wire.remove(posted);
        any = true;
        if (!to.cut && to.listener != null) {
          to.listener.onMessage(posted.from(), posted.bytes());
        }
      }
    }
    return any;
  }

  void pass(long millis) {
    for (long left = millis; left > 0; left -= STEP_MILLIS) {
      nowNanos += TimeUnit.MILLISECONDS.toNanos(Math.min(STEP_MILLIS, left));
      for (Node node : nodes.values()) {
        if (!node.dead && !node.frozen) {
          node.shard.wheel().advance(nowNanos);
          node.desks.tick();
        }
      }
      run();
    }
  }

  /// Lets time pass until it is so.
  void until(String what, java.util.function.BooleanSupplier condition) {
    for (int i = 0; i < 1_000 && !condition.getAsBoolean(); i++) {
      pass(STEP_MILLIS);
    }
    if (!condition.getAsBoolean()) {
      throw new AssertionError("never: " + what);
    }
  }

  /// Another server takes the desk of tenant `acme` while its own believes to have it for a little
  /// longer: as if it had been frozen that long.
  void expire() {
    Taken by = taken.get("acme");
    if (by != null) {
      Node next =
          nodes.values().stream().filter(node -> !node.name.equals(by.node())).findFirst().get();
      taken.remove("acme");
      next.take("acme");
    }
  }

  private boolean isNow(Taken by) {
    return by.untilNanos() - nowNanos > 0;
  }

  /// Which server has the desk of tenant `acme`; null for none.
  @Nullable String home() {
    Taken by = taken.get("acme");
    return by == null || by.untilNanos() - nowNanos <= 0 ? null : by.node();
  }

  @Override
  public void close() {
    run();
    nodes.values().forEach(node -> node.shard.close());
  }

  /// One server.
  final class Node implements Wire, DeskLeases {
    final String name;
    final Hub hub = new Hub();
    final Desks desks;
    final ShardMetrics metrics = new ShardMetrics();
    private final EmbeddedChannel loop = new EmbeddedChannel();
    private final ArrayDeque<Runnable> clerk = new ArrayDeque<>();
    private final Shard shard;
    @Nullable Listener listener;
    boolean dead;

    /// Does nothing, as if stopped.
    boolean frozen;

    /// Hears nobody, and nobody hears it.
    boolean cut;

    Node(String name) {
      this.name = name;
      HubSettings of =
          new HubSettings(
              LogFixture.AMPLE,
              "prod",
              8,
              64,
              16,
              1 << 20,
              1 << 20,
              5_000_000_000L,
              SocketWriters.NETTY,
              Readership.NONE);
      this.shard = new Shard(0, loop.eventLoop(), hub, of, ClusterFixture.this, metrics, memory);
      hub.start(List.of(shard));
      this.desks =
          Desks.shared(
              hub,
              settings,
              new EventTypes(Map.of()),
              store.of(() -> !cut),
              this,
              this,
              TIMES,
              ClusterFixture.this,
              clerk::add,
              metrics);
    }

    void join() {}

    boolean runTasks() {
      boolean any = false;
      Runnable next;
      while ((next = clerk.poll()) != null) {
        next.run();
        any = true;
      }
      any |= loop.hasPendingTasks();
      loop.runPendingTasks();
      return any;
    }

    long count(Counter counter) {
      return metrics.value(counter);
    }

    // What its users do.

    List<RunAnswer> start(String user, @Nullable String id, @Nullable String key) {
      List<RunAnswer> answers = new ArrayList<>();
      desks.start(
          new RunStart(
              DeskFixture.user("acme", user), "echo", id, key, List.of(), "", false, "{\"a\":1}"),
          answers::add);
      run();
      return answers;
    }

    List<RunAnswer> cancel(String id) {
      List<RunAnswer> answers = new ArrayList<>();
      desks.cancel("acme", id, new CancelOrder(How.NOW, 0, "ann", "enough"), answers::add);
      run();
      return answers;
    }

    @Nullable RunStatus status(String id) {
      RunView view = desks.find("acme", id);
      return view == null ? null : view.status();
    }

    /// Of a topic on this server.
    long lastSequence(String topic) {
      List<Long> last = new ArrayList<>();
      shard.read(
          new TopicKey("acme", topic), log -> last.add(log == null ? 0 : log.lastSequence()));
      run();
      return last.getFirst();
    }

    Worker worker(String producer) {
      return new Worker(this, new Producer(producer, 1));
    }

    // The wire.

    @Override
    public String node() {
      return name;
    }

    @Override
    public Set<String> nodes() {
      Set<String> there = new TreeSet<>();
      nodes.values().stream().filter(node -> !node.dead).forEach(node -> there.add(node.name));
      there.add(name);
      return there;
    }

    @Override
    public void send(String to, byte[] message) {
      if (cut || random.nextInt(100) < lost) {
        return;
      }
      long due = nowNanos;
      if (random.nextInt(100) < late) {
        due += TimeUnit.MILLISECONDS.toNanos(random.nextInt(400));
      }
      for (Posted before : wire) {
        if (before.from().equals(name) && before.to().equals(to)) {
          due = Math.max(due, before.dueNanos());
        }
      }
      wire.add(new Posted(name, to, message, due));
      if (random.nextInt(100) < doubled) {
        wire.add(new Posted(name, to, message, due));
      }
    }

    @Override
    public void listen(Listener to) {
      listener = to;
    }

    // The leases.

    private <T extends @Nullable Object> CompletionStage<T> unlessCut(T value) {
      return cut
          ? CompletableFuture.failedFuture(new IllegalStateException("cut"))
          : CompletableFuture.completedFuture(value);
    }

    @Override
    public CompletionStage<Holding> take(String tenant) {
      if (cut) {
        return CompletableFuture.failedFuture(new IllegalStateException("cut"));
      }
      Taken by = taken.get(tenant);
      if (by == null || by.untilNanos() - nowNanos <= 0) {
        by = new Taken(name, ++fences, nowNanos + TimeUnit.MILLISECONDS.toNanos(TTL_MILLIS));
        taken.put(tenant, by);
      }
      return unlessCut(new Holding(by.node(), by.fence()));
    }

    @Override
    public CompletionStage<@Nullable Holding> look(String tenant) {
      Taken by = taken.get(tenant);
      boolean isFree = by == null || by.untilNanos() - nowNanos <= 0;
      return this.<@Nullable Holding>unlessCut(
          isFree || by == null ? null : new Holding(by.node(), by.fence()));
    }

    @Override
    public CompletionStage<Boolean> renew(String tenant, long fence) {
      Taken by = taken.get(tenant);
      boolean ours =
          by != null
              && by.node().equals(name)
              && by.fence() == fence
              && by.untilNanos() - nowNanos > 0;
      if (ours && !cut) {
        long until = nowNanos + TimeUnit.MILLISECONDS.toNanos(TTL_MILLIS);
        taken.put(tenant, new Taken(name, fence, until));
      }
      return unlessCut(ours);
    }

    @Override
    public CompletionStage<Void> release(String tenant, long fence) {
      Taken by = taken.get(tenant);
      if (by != null && by.node().equals(name) && by.fence() == fence) {
        taken.remove(tenant);
      }
      return CompletableFuture.completedFuture(null);
    }

    @Override
    public long ttlMillis() {
      return TTL_MILLIS;
    }
  }

  /// A worker's connection to one of the servers that writes down what it is told.
  final class Worker implements WorkerLink {
    final Node node;
    final Producer producer;
    final Desks.WorkerSeat seat;
    final ArrayDeque<Offer> offers = new ArrayDeque<>();
    final List<String> told = new ArrayList<>();
    final Set<Long> granted = new HashSet<>();
    final Set<Long> released = new HashSet<>();

    Worker(Node node, Producer producer) {
      this.node = node;
      this.producer = producer;
      this.seat = node.desks.seat("acme", producer, this);
    }

    Worker consumes(String pattern, int credit) {
      seat.consume(pattern, credit);
      run();
      return this;
    }

    Offer accepts() {
      Offer offer = offers.remove();
      seat.accept(offer.lease());
      run();
      return offer;
    }

    @Override
    public void offer(Offer offer) {
      offers.add(offer);
    }

    @Override
    public void grant(long lease) {
      told.add("grant");
      granted.add(lease);
    }

    @Override
    public void cancel(long lease, CancelOrder order) {
      told.add("cancel " + order.reason());
    }

    @Override
    public void onHeard() {
      told.add("heard");
    }

    @Override
    public void release(long lease, @Nullable ErrorCode code, String message) {
      told.add("release " + code);
      released.add(lease);
    }
  }
}
