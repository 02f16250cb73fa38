package io.pushrod.server.hub;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.channel.epoll.Epoll;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.codec.StartPoint;
import io.pushrod.codec.websocket.WebSocketFrames;
import io.pushrod.server.hub.FakeSocket.FakeConnection;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.net.ring.FakeKernel;
import io.pushrod.server.net.ring.RingException;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.Grants;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.support.LogFixture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/// Shards whose loops run when the test says so, on its own thread, with a clock that stands still.
final class ShardFixture implements Clock, AutoCloseable {
  /// Readers of the two formats are in two groups.
  enum Format implements EventFormat {
    STORED(true),
    RENDERED(false);

    private final boolean logForm;

    Format(boolean logForm) {
      this.logForm = logForm;
    }

    @Override
    public boolean isLogForm() {
      return logForm;
    }

    @Override
    public void append(
        ByteBuf out, TopicLog log, long sequence, ByteBuf source, int offset, int length) {
      WebSocketFrames.writeText(out, source, offset, length);
    }
  }

  final UnpooledByteBufAllocator memory = new UnpooledByteBufAllocator(true);
  final Hub hub;
  final List<Shard> shards = new ArrayList<>();
  private final List<EmbeddedChannel> loops = new ArrayList<>();
  private final List<FakeKernel> kernels = new ArrayList<>();
  private final List<FakeConnection> opened = new ArrayList<>();
  private final Map<Integer, FakeSocket.Described> described = new HashMap<>();
  long nowNanos = 1;
  long nowMillis = 1_795_241_760_123L;

  ShardFixture(int count, HubSettings settings) {
    this(count, settings, new Hub());
  }

  ShardFixture(int count, HubSettings settings, Hub hub) {
    this.hub = hub;
    for (int i = 0; i < count; i++) {
      EmbeddedChannel loop = new EmbeddedChannel();
      loops.add(loop);
      shards.add(new Shard(i, loop.eventLoop(), hub, settings, this, new ShardMetrics(), memory));
    }
    hub.start(shards);
  }

  /// Fan-out goes through rings from now on, of kernels that write to sockets made by
  /// [#connect(int, boolean)].
  ShardFixture withRings() {
    assumeTrue(Epoll.isAvailable());
    for (Shard shard : shards) {
      FakeKernel kernel = new FakeKernel((descriptor, bytes) -> described(descriptor).send(bytes));
      kernels.add(kernel);
      try {
        shard.fanOutThroughRing(kernel);
      } catch (RingException e) {
        throw new AssertionError(e);
      }
    }
    return this;
  }

  private FakeSocket.Described described(int descriptor) {
    FakeSocket.Described socket = described.get(descriptor);
    if (socket == null || !socket.isOpen()) {
      throw new AssertionError("descriptor: " + descriptor + " (expected: of an open socket)");
    }
    return socket;
  }

  static HubSettings settings(Retention retention, long outboxBytes, long foldThresholdBytes) {
    return new HubSettings(
        retention,
        "prod",
        8,
        64,
        16,
        outboxBytes,
        foldThresholdBytes,
        5_000_000_000L,
        FakeSocket.WRITER,
        new Readership(Grants.of(List.of("owned/*"))));
  }

  static HubSettings ample() {
    return settings(LogFixture.AMPLE, 1 << 20, 1 << 20);
  }

  @Override
  public long nanos() {
    return nowNanos;
  }

  @Override
  public long millis() {
    return nowMillis;
  }

  Shard shard(int i) {
    return shards.get(i);
  }

  /// A topic that the shard owns.
  TopicKey ownedBy(int shard) {
    return ownedBy(shard, 1).getFirst();
  }

  List<TopicKey> ownedBy(int shard, int count) {
    return IntStream.iterate(0, i -> i + 1)
        .mapToObj(i -> new TopicKey("acme", "thread/" + i))
        .filter(key -> hub.owner(key) == shard(shard))
        .limit(count)
        .toList();
  }

  /// Runs one loop until it has nothing to do.
  void run(int shard) {
    loops.get(shard).runPendingTasks();
  }

  /// Runs all loops until none has anything to do.
  void run() {
    boolean busy = true;
    while (busy) {
      busy = false;
      for (EmbeddedChannel loop : loops) {
        busy |= loop.hasPendingTasks();
        loop.runPendingTasks();
      }
    }
  }

  /// Publishes one event from the shard of that index.
  boolean publish(int from, String type, String data, TopicKey... topics) {
    return publish(from, type, data, new AtomicBoolean(), topics);
  }

  boolean publish(int from, String type, String data, AtomicBoolean done, TopicKey... topics) {
    ByteBuf source = Unpooled.directBuffer().writeBytes(data.getBytes(UTF_8));
    Publication publication =
        new Publication(
            topics,
            LogFixture.TYPES.of(type, null),
            Publication.NO_IDS,
            0,
            0,
            source,
            0,
            source.readableBytes());
    Batch batch = new Batch(List.of(publication), source, b -> done.set(true));
    boolean taken = shard(from).publish(batch);
    if (!taken) {
      batch.discard();
    }
    return taken;
  }

  FakeConnection connect(int shard) {
    return connect(shard, true);
  }

  /// @param direct whether shared bytes go below Netty's buffer
  FakeConnection connect(int shard, boolean direct) {
    if (!direct || kernels.isEmpty()) {
      return FakeSocket.connect(shard(shard), direct);
    }
    FakeConnection connection = FakeSocket.connectDescribed(shard(shard));
    opened.add(connection);
    described.put(connection.socket().intValue(), (FakeSocket.Described) connection.channel());
    return connection;
  }

  FakeKernel kernel(int shard) {
    return kernels.get(shard);
  }

  Subscription subscribe(int shard, FakeConnection connection, TopicKey key, StartPoint start) {
    return subscribe(shard, connection, key, start, OverflowPolicy.FOLD);
  }

  Subscription subscribe(
      int shard, FakeConnection connection, TopicKey key, StartPoint start, OverflowPolicy policy) {
    return subscribe(shard, connection, key, Format.STORED, EventFilter.ALL, policy, start, false);
  }

  Subscription subscribe(
      int shard,
      FakeConnection connection,
      TopicKey key,
      EventFormat format,
      EventFilter filter,
      OverflowPolicy policy,
      StartPoint start,
      boolean folded) {
    Subscription subscription =
        new Subscription(connection, key, format, filter, policy, start, folded, begun -> {});
    connection.add(subscription);
    shard(shard).subscribe(subscription);
    return subscription;
  }

  /// The log of a topic; null when there is none.
  @Nullable TopicLog log(TopicKey key) {
    TopicLog[] found = new TopicLog[1];
    hub.owner(key).read(key, log -> found[0] = log);
    return found[0];
  }

  long count(Counter counter) {
    return shards.stream().mapToLong(shard -> shard.metrics().value(counter)).sum();
  }

  @Override
  public void close() {
    run();
    opened.forEach(connection -> connection.channel().close());
    run();
    shards.forEach(Shard::close);
  }

  /// Off-heap bytes that logs hold.
  long usedBytes() {
    return memory.metric().usedDirectMemory();
  }
}
