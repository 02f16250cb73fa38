package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.index.SubscriptionIndex;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.net.DeadlineWheel;
import io.pushrod.server.net.ring.Kernel;
import io.pushrod.server.net.ring.RingException;
import io.pushrod.server.net.ring.SendRing;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.ConnectionContext;
import io.pushrod.server.session.SocketWriter;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.storage.ClusterTopics;
import io.pushrod.server.storage.RecordPage;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An event loop and all that it owns: connections, their index, the logs of the topics that hash
/// to it, their deadlines.
///
/// **Thread:** its event loop, unless a method says otherwise.
public final class Shard implements ConnectionContext, ShardTopic.Announcements {
  private static final Logger log = LoggerFactory.getLogger(Shard.class);
  private static final long TICK_MILLIS = 100;

  private final int index;
  private final EventLoop loop;
  private final Hub hub;
  private final HubSettings settings;
  private final Clock clock;
  private final ShardMetrics metrics;
  private final DeadlineWheel wheel;
  private final OwnedTopics owned;
  private final SubscriptionIndex topics;
  private final MemoryAccount memory;
  private final Relief relief;
  private final Delivery delivery;
  private final ShardPresence presence;
  private final OwnerCalls owners;
  private final Subscribing subscribing;
  private final Publishing publishing;
  private final Inbox inbox;
  private final Turns turns;
  private volatile boolean ring;
  private long drainWindowMillis;
  private long publishersUntilNanos;

  /// @param index its place in the hub
  /// @param segments allocates the memory of logs
  public Shard(
      int index,
      EventLoop loop,
      Hub hub,
      HubSettings settings,
      Clock clock,
      ShardMetrics metrics,
      ByteBufAllocator segments) {
    this.index = index;
    this.loop = loop;
    this.hub = hub;
    this.settings = settings;
    this.clock = clock;
    this.metrics = metrics;
    this.wheel = new DeadlineWheel(clock.nanos());
    this.memory = hub.memory().account();
    this.inbox = new Inbox(loop, settings.inboxEntries(), this::turn);
    this.topics = new SubscriptionIndex(this);
    this.delivery =
        new Delivery(
            this, topics, settings, metrics, clock, PooledByteBufAllocator.DEFAULT, hub.memory());
    LogContext context =
        new LogContext(
            segments,
            settings.retention(),
            settings.env(),
            settings.producersPerTopic(),
            new LogCounts(metrics),
            hub.memory(),
            memory,
            hub.storage().residentBytes(),
            hub.storage().emitted());
    ClusterTopics cluster = hub.storage().cluster();
    this.owned =
        cluster != null
            ? new Replicas(this, hub, cluster, context, metrics, clock, hub.topics(), hub::interest)
            : new Sequencer(
                this,
                hub,
                context,
                metrics,
                clock,
                hub.memory(),
                hub.topics(),
                hub::interest,
                hub.storage().disk());
    this.presence = new ShardPresence(this, hub, owned, settings.presence());
    this.relief = new Relief(hub, memory, owned, wheel, metrics, index == 0);
    this.owners = new OwnerCalls(this, hub);
    this.subscribing =
        new Subscribing(owners, topics, delivery, presence, settings.readership(), metrics);
    this.publishing = new Publishing(this, hub, owned, metrics, clock);
    this.turns = new Turns(this, inbox, owned, delivery, publishing);
  }

  public int index() {
    return index;
  }

  public EventLoop loop() {
    return loop;
  }

  OwnedTopics owned() {
    return owned;
  }

  public ShardMetrics metrics() {
    return metrics;
  }

  public Clock clock() {
    return clock;
  }

  /// Topics with a log here, and topics with readers here, for gauges. **Thread:** any.
  public int ownedTopics() {
    return owned.topics();
  }

  /// From now on fan-out goes through a ring of this thread, if the kernel grants one.
  ///
  /// @throws RingException if it does not: writes are made one by one, as before
  public void fanOutThroughRing(Kernel kernel) throws RingException {
    delivery.fanOutThrough(SendRing.open(kernel));
    ring = true;
  }

  /// Whether fan-out goes through a ring. **Thread:** any.
  public boolean hasRing() {
    return ring;
  }

  /// Begins to watch deadlines. **Thread:** any.
  public void start() {
    var _ = loop.scheduleAtFixedRate(this::tick, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  // Publishing.

  /// Hands `batch` to the owners of its topics; its completion runs here.
  ///
  /// @return false when an owner has no room: nothing was done, the batch is still the caller's
  public boolean publish(Batch batch) {
    return publishing.publish(batch);
  }

  /// Appends what other shards have put here so far.
  void catchUp() {
    turns.catchUp();
  }

  /// Room is judged with one place kept for every shard, so that all that saw room at once find it.
  /// **Thread:** any.
  boolean hasRoom() {
    return inbox.hasRoom(hub.size());
  }

  /// Puts a command for which there was room. **Thread:** any.
  void put(ShardCommand command) {
    inbox.put(command);
  }

  /// All of a batch that is owned here is stored.
  void done(Batch batch, Shard origin) {
    if (batch.ownerDone()) {
      if (origin == this) {
        publishing.complete(batch);
      } else {
        origin.inbox.complete(batch);
      }
    }
  }

  // Subscribing.

  /// Begins a subscription; its `Begun` tells when it stands. The connection holds it already.
  public void subscribe(Subscription subscription) {
    subscribing.subscribe(subscription);
  }

  /// Ends the subscriptions of those whom the topic's readers no longer include.
  void recheck(ShardTopic topic, TopicLog attached) {
    subscribing.recheck(topic, attached);
  }

  /// Ends the subscriptions of a connection whose identity changed to topics that are declared for
  /// others.
  public void recheck(Connection connection) {
    subscribing.recheck(connection);
  }

  /// Which topics exist only for their declared readers. **Thread:** any.
  public Readership readership() {
    return settings.readership();
  }

  /// Ends a subscription.
  public void unsubscribe(Subscription subscription) {
    subscribing.unsubscribe(subscription);
  }

  /// Who is on a topic.
  public ShardPresence presence() {
    return presence;
  }

  /// Finds the log of a topic for reading its history here, through `reader`, which runs on this
  /// shard.
  ///
  /// @param reader gets the log, or null when the topic has none
  public void read(TopicKey key, Consumer<@Nullable TopicLog> reader) {
    owners.read(key, reader);
  }

  /// Finds the log of a topic, with what follows `start` in memory if a store has it.
  ///
  /// @param reader gets the log, or null when the topic has none
  public void read(TopicKey key, StartPoint start, Consumer<@Nullable TopicLog> reader) {
    owners.read(key, start, reader);
  }

  /// Brings events that a store has into memory, for a while.
  ///
  /// @param done runs here when they are there, or could not be had
  void load(TopicLog log, long from, Runnable done) {
    owners.load(log, from, done);
  }

  /// Runs a task here, later, and counts what it throws. **Thread:** any.
  void execute(Runnable task) {
    try {
      loop.execute(
          () -> {
            try {
              task.run();
            } catch (RuntimeException e) {
              failed(e);
            }
          });
    } catch (RejectedExecutionException e) {
      log.debug("Shard {} has ended", index, e);
    }
  }

  void schedule(Runnable task, long delayMillis) {
    var _ = loop.schedule(task, delayMillis, TimeUnit.MILLISECONDS);
  }

  /// Retention dropped the oldest of what the disk has. **Thread:** any.
  void trimmed(TopicKey key, RecordPage page) {
    if (owned instanceof Sequencer sequencer) {
      execute(() -> sequencer.trimmed(key, page));
    }
  }

  /// Counts the subscriptions here to topics that `which` picks; looks at every topic.
  public long countReaders(Predicate<TopicKey> which) {
    return topics.countReaders(which);
  }

  /// Where logs outlive the process. **Thread:** any.
  public Storage storage() {
    return hub.storage();
  }

  /// Since when nothing can be stored, in milliseconds since the epoch; 0 while it can. **Thread:**
  /// any.
  public long degradedSinceMillis() {
    return hub.degradedSinceMillis();
  }

  /// How short memory is. **Thread:** any.
  public Pressure pressure() {
    return hub.memory().pressure();
  }

  @Override
  public MemoryAccount memory() {
    return memory;
  }

  // Connections.

  /// The socket has room again.
  public void onWritable(Connection connection) {
    delivery.onWritable(connection);
    wake();
  }

  /// The socket is gone: its subscriptions end.
  public void onClosed(Connection connection, CloseReason reason) {
    while (!connection.subscriptions().isEmpty()) {
      unsubscribe(connection.subscriptions().getLast());
    }
    connection.onClosed(reason);
  }

  @Override
  public long nowNanos() {
    return clock.nanos();
  }

  @Override
  public SocketWriter writer() {
    return settings.writer();
  }

  @Override
  public void settle(int batch) {
    delivery.settle(batch);
  }

  @Override
  public DeadlineWheel wheel() {
    return wheel;
  }

  @Override
  public int outboxEntries() {
    return settings.outboxEntries();
  }

  @Override
  public long outboxBytes() {
    return settings.outboxBytes();
  }

  @Override
  public long writeProgressNanos() {
    return settings.writeProgressNanos();
  }

  @Override
  public void onPushback() {
    metrics.count(Counter.SOCKET_PUSHBACKS);
  }

  @Override
  public void onOutboxFull(boolean ofEntries) {
    metrics.count(ofEntries ? Counter.LIMIT_OUTBOX_ENTRIES : Counter.LIMIT_OUTBOX_BYTES);
  }

  @Override
  public void onClose(Connection connection, CloseReason reason) {
    metrics.closed(connection.transport(), reason);
    if (reason == CloseReason.SLOW_CONSUMER) {
      metrics.count(Counter.SLOW_CONSUMER_DISCONNECTS);
    }
  }

  // Announcements. **Thread:** the owner of the log.

  @Override
  public void replace(ShardTopic topic, TopicLog by) {
    execute(() -> subscribing.replaced(topic, by));
  }

  @Override
  public void announce(ShardTopic topic) {
    inbox.announce(topic);
  }

  @Override
  public void signal(ShardTopic topic, EventType type, ByteBuf json) {
    json.retain();
    if (!inbox.offer(new ShardCommand.Signal(topic, type, json), hub.size())) {
      json.release();
    }
  }

  // The loop.

  void wake() {
    inbox.wake();
  }

  private void turn() {
    turns.turn();
  }

  /// Fan-out goes on without a ring that failed.
  void dropBrokenRing() {
    if (ring && delivery.dropBrokenRing()) {
      ring = false;
      metrics.count(Counter.INTERNAL_ERRORS);
      log.error("The ring failed: fan-out goes on with one system call per write");
    }
  }

  /// A task that others gave the shard has failed, and nothing else with it.
  public void onTaskFailed(RuntimeException e) {
    failed(e);
  }

  void failed(RuntimeException e) {
    metrics.count(Counter.INTERNAL_ERRORS);
    log.error("A shard's turn failed", e);
  }

  void tick() {
    try {
      wheel.advance(clock.nanos());
      relief.tick();
      sweep();
      presence.expire();
      owned.retry();
      publishing.expire(clock.nanos());
      if (index == 0) {
        hub.look(clock.millis());
      }
    } catch (RuntimeException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      log.error("A shard's tick failed", e);
    }
  }

  void sweep() {
    owned.sweep();
  }

  // The end.

  /// Begins to drain: publishers are told to go, and no more is published.
  ///
  /// @param windowNanos the time over which clients are to come back
  /// @param publishersNanos how long publishers may take to read what is still for them
  public void drain(long windowNanos, long publishersNanos) {
    drainWindowMillis = TimeUnit.NANOSECONDS.toMillis(windowNanos);
    publishersUntilNanos = clock.nanos() + publishersNanos;
    wheel.drain(
        e -> {
          metrics.count(Counter.INTERNAL_ERRORS);
          log.error("A connection was not told of the drain", e);
        });
  }

  public boolean isDraining() {
    return wheel.isDraining();
  }

  /// Until when publishers are waited for while the server drains.
  public long publishersUntilNanos() {
    return publishersUntilNanos;
  }

  /// Whether all that was published from here has its sequences, and its publisher the answer.
  public boolean isSettled() {
    return publishing.isSettled();
  }

  /// How long a connection that ends for this reason is asked to wait before it comes back. While
  /// the server drains, a random part of the window is added: clients are told one after the other,
  /// and are to come back to this address one after the other too.
  public long retryAfterMillis(CloseReason reason) {
    return isDraining() && reason.reconnect()
        ? reason.retryAfterMillis() + ThreadLocalRandom.current().nextLong(drainWindowMillis + 1)
        : reason.retryAfterMillis();
  }

  /// Frees the logs; the loop's connections are closed before.
  public void close() {
    owned.close();
    delivery.close();
  }
}
