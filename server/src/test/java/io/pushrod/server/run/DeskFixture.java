package io.pushrod.server.run;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.FakeDisk;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.HubSettings;
import io.pushrod.server.hub.Readership;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.hub.Storage;
import io.pushrod.server.hub.TopicQuota;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Segment;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Identity;
import io.pushrod.server.session.SocketWriters;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// A desk on shards whose loops run when the test says so, with a clock that stands still.
final class DeskFixture implements Clock, AutoCloseable {
  static final RunSettings SETTINGS = RunSettings.DEFAULT;

  final Hub hub;
  final Desks desks;
  final FakeState state;
  private final RunSettings settings;
  private final @Nullable FakeDisk disk;
  private @Nullable CompletableFuture<Integer> opening;
  private boolean closed;
  private long wallMillis = 1_795_241_760_123L;
  private final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  private final List<EmbeddedChannel> loops = new ArrayList<>();
  private final List<Shard> shards = new ArrayList<>();
  private long nowNanos = TimeUnit.HOURS.toNanos(1);

  /// Of a server whose topics and runs are in memory.
  DeskFixture(RunSettings settings) {
    this(settings, null, new FakeState());
  }

  /// Of a server whose topics and runs are on a disk.
  static DeskFixture onDisk(RunSettings settings) {
    return new DeskFixture(settings, new FakeDisk(), new FakeState());
  }

  private DeskFixture(RunSettings settings, @Nullable FakeDisk disk, FakeState state) {
    this.settings = settings;
    this.disk = disk;
    this.state = state;
    this.hub =
        disk == null
            ? new Hub()
            : new Hub(
                MemoryBudget.unbounded(),
                new TopicQuota(0),
                new Storage(disk, null, 1 << 20, settings.emitted()::admits));
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
    for (int i = 0; i < 2; i++) {
      EmbeddedChannel loop = new EmbeddedChannel();
      loops.add(loop);
      shards.add(new Shard(i, loop.eventLoop(), hub, of, this, new ShardMetrics(), memory));
    }
    hub.start(shards);
    EventTypes types = new EventTypes(Map.of());
    this.desks =
        disk == null
            ? new Desks(hub, settings, types)
            : new Desks(hub, settings, types, new StateRunStore(state, () -> state.obstacle));
  }

  /// The server after this one, on the same disk. This one is gone with what it had not stored.
  ///
  /// @param wallMillisLater what the wall clock says it took
  DeskFixture restarted(long wallMillisLater) {
    DeskFixture next = successor(wallMillisLater);
    next.restore();
    return next;
  }

  /// The same, when it knows a run and its disk has not said yet what is in its log; [#restore]
  /// goes on.
  DeskFixture restarting(String run) {
    DeskFixture next = successor(0);
    next.opening = CompletableFuture.supplyAsync(next.desks::restore);
    while (next.desks.find("acme", run) == null) {
      next.loops.forEach(EmbeddedChannel::runPendingTasks);
      Thread.onSpinWait();
    }
    return next;
  }

  private DeskFixture successor(long wallMillisLater) {
    closed = true;
    desks.close();
    shards.forEach(Shard::close);
    state.crash();
    if (disk != null) {
      disk.crash();
    }
    DeskFixture next = new DeskFixture(settings, disk, state);
    next.wallMillis = wallMillis + wallMillisLater;
    return next;
  }

  void restore() {
    CompletableFuture<Integer> open =
        opening == null ? CompletableFuture.supplyAsync(desks::restore) : opening;
    while (!open.isDone()) {
      run();
      Thread.onSpinWait();
    }
    open.join();
    run();
  }

  @Override
  public long nanos() {
    return nowNanos;
  }

  @Override
  public long millis() {
    return wallMillis;
  }

  void run() {
    boolean busy = true;
    while (busy) {
      busy = false;
      for (EmbeddedChannel loop : loops) {
        busy |= loop.hasPendingTasks();
        loop.runPendingTasks();
      }
      if (disk != null) {
        busy |= !disk.isQuiet();
        disk.write();
        disk.answer();
      }
    }
  }

  /// Lets time pass, a tick of the wheel at a time.
  void pass(long millis) {
    for (long left = millis; left > 0; left -= 100) {
      nowNanos += TimeUnit.MILLISECONDS.toNanos(Math.min(100, left));
      wallMillis += Math.min(100, left);
      shards.forEach(shard -> shard.wheel().advance(nowNanos));
      run();
    }
  }

  long count(Counter counter) {
    return shards.stream().mapToLong(shard -> shard.metrics().value(counter)).sum();
  }

  static Identity user(String tenant, String name) {
    return new Identity(
        tenant,
        name,
        Set.of(),
        Grants.NONE,
        Grants.NONE,
        Grants.NONE,
        Set.of(),
        0,
        Long.MAX_VALUE,
        "");
  }

  RunAnswer start(String user, @Nullable String id) {
    return start(user, id, null, false);
  }

  RunAnswer start(String user, @Nullable String id, @Nullable String key, boolean direct) {
    List<RunAnswer> answers = new ArrayList<>();
    desks.start(
        new RunStart(
            user("acme", user), "echo", id, key, List.of("thread/42"), "", direct, "{\"a\":1}"),
        answers::add);
    run();
    return answers.getFirst();
  }

  RunView started(@Nullable String id) {
    return ((RunAnswer.Done) start("ann", id)).run();
  }

  RunView view(String id) {
    RunView view = desks.find("acme", id);
    if (view == null) {
      throw new AssertionError("run: " + id + " (expected: known)");
    }
    return view;
  }

  String errorCode(String id) {
    RunView.RunError error = view(id).error();
    return error == null ? "none" : error.code();
  }

  /// What is in a topic, as `type data` each.
  List<String> events(String topic) {
    List<String> events = new ArrayList<>();
    TopicKey key = new TopicKey("acme", topic);
    shards
        .getFirst()
        .read(
            key,
            new StartPoint.Earliest(),
            log -> {
              for (long s = 1; log != null && s <= log.lastSequence(); s++) {
                events.add(event(log, s));
              }
            });
    run();
    return events;
  }

  private static String event(TopicLog log, long sequence) {
    Segment segment = log.acquire(sequence);
    if (segment == null) {
      return "trimmed";
    }
    int index = (int) (sequence - segment.firstSequence());
    String frame =
        segment
            .bytes()
            .toString(segment.start(index), segment.endOf(index) - segment.start(index), UTF_8);
    String type = segment.type(index).name();
    segment.release();
    String data = frame.substring(frame.indexOf("\"data\":") + 7, frame.length() - 1);
    return type + " " + data;
  }

  /// Publishes as a worker does that passed [Desks#judge].
  ///
  /// @return the outcomes by topic
  List<Long> publish(Producer producer, long sequence, String type, String... topics) {
    ByteBuf data = Unpooled.copiedBuffer("{}", UTF_8);
    TopicKey[] keys = new TopicKey[topics.length];
    for (int i = 0; i < topics.length; i++) {
      keys[i] = new TopicKey("acme", topics[i]);
    }
    List<Long> outcomes = new ArrayList<>();
    shards
        .getFirst()
        .publish(
            new Batch(
                List.of(
                    new Publication(
                        keys,
                        LogFixture.TYPES.of(type, null),
                        Publication.NO_IDS,
                        0,
                        sequence,
                        data,
                        0,
                        2)),
                producer,
                0,
                Unpooled.EMPTY_BUFFER,
                done -> {
                  for (int t = 0; t < keys.length; t++) {
                    outcomes.add(done.outcome(0, t));
                  }
                }));
    run();
    return outcomes;
  }

  Worker worker(String name) {
    return new Worker(new Producer(name, 1));
  }

  /// A worker's connection that writes down what it is told.
  final class Worker implements WorkerLink {
    final Producer producer;
    final Desks.WorkerSeat seat;
    final Queue<Offer> offers = new ArrayDeque<>();
    final List<String> told = new ArrayList<>();

    Worker(Producer producer) {
      this.producer = producer;
      this.seat = desks.seat("acme", producer, this);
    }

    Worker consumes(String pattern, int credit) {
      seat.consume(pattern, credit);
      run();
      return this;
    }

    Offer offered() {
      return offers.remove();
    }

    /// Takes and begins what it is offered.
    Offer accepts() {
      Offer offer = offered();
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
    }

    @Override
    public void cancel(long lease, CancelOrder order) {
      told.add("cancel " + order.how() + " " + order.by() + " " + order.reason());
    }

    @Override
    public void onHeard() {
      told.add("heard");
    }

    @Override
    public void release(long lease, @Nullable ErrorCode code, String message) {
      told.add("release " + code);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      desks.close();
      run();
      shards.forEach(Shard::close);
    }
  }
}
