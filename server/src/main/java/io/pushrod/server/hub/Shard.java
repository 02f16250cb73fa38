package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.EventLoop;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.StartPoint;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.index.SubscriptionIndex;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Retention;
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
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// An event loop and all that it owns: connections, their index, the logs of the topics that hash
/// to it, their deadlines.
///
/// **Thread:** its event loop, unless a method says otherwise.
/* Other shards reach it in three ways. `inbox` is bounded and may refuse: batches to append, signals to pass on.
 * `announced` and `completed` need no bound of their own: a topic stands in the first at most once, a batch in the second
 * once, and both exist before. A wake-up is outstanding at most once. */
public final class Shard implements ConnectionContext, ShardTopic.Announcements {
  private static final Logger log = LoggerFactory.getLogger(Shard.class);
  private static final long TICK_MILLIS = 100;

  /// Ticks from one step of squeezing logs to the next, by pressure; the first is for letting go.
  private static final int[] TICKS_PER_STEP = {10, 10, 3, 1};

  /// Commands and announcements taken in one turn, so that sockets are read in between.
  private static final int COMMANDS_PER_TURN = 1024;

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
  private final SlowestReaders slowest;
  private final Delivery delivery;
  private final ShardPresence presence;
  private final MpscArrayQueue<ShardCommand> inbox;
  private final MpscUnboundedArrayQueue<ShardTopic> announced = new MpscUnboundedArrayQueue<>(256);
  private final MpscUnboundedArrayQueue<Batch> completed = new MpscUnboundedArrayQueue<>(256);
  private final AtomicBoolean awake = new AtomicBoolean();
  private final Runnable turn = this::turn;
  private final BitSet owners = new BitSet();
  private int ticks;
  private volatile boolean ring;

  /// Batches of connections here that some owner has still to append.
  private int unsettled;

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
    this.slowest = new SlowestReaders(hub.memory(), memory);
    this.inbox = new MpscArrayQueue<>(settings.inboxEntries());
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
  }

  private record LogCounts(ShardMetrics metrics) implements LogContext.LogEvents {
    @Override
    public void onDuplicate() {
      metrics.count(Counter.DUPLICATES);
    }

    @Override
    public void onBound(Retention.Bound bound) {
      metrics.count(
          switch (bound) {
            case BYTES -> Counter.LIMIT_RETENTION_BYTES;
            case EVENTS -> Counter.LIMIT_RETENTION_EVENTS;
            case AGE -> Counter.LIMIT_RETENTION_AGE;
            case MEMORY -> Counter.LIMIT_MEMORY_BUDGET;
          });
    }

    @Override
    public void onTrimmed(long events) {
      metrics.count(Counter.EVENTS_TRIMMED, events);
    }
  }

  public int index() {
    return index;
  }

  public EventLoop loop() {
    return loop;
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
    if (owned.isFull()) {
      if (batch.holdBack()) {
        metrics.count(Counter.LIMIT_STORAGE);
      }
      return false;
    }
    if (hub.memory().pressure() == Pressure.FULL && batch.waitsForMemory()) {
      if (batch.holdBack()) {
        metrics.count(Counter.LIMIT_MEMORY_BUDGET);
      }
      return false;
    }
    owners.clear();
    for (int i = 0; i < batch.publications().size(); i++) {
      Publication publication = batch.publications().get(i);
      for (int t = 0; t < publication.topicCount(); t++) {
        owners.set(hub.owner(publication.topic(t)).index);
      }
    }
    for (int i = owners.nextSetBit(0); i >= 0; i = owners.nextSetBit(i + 1)) {
      if (i != index && !hub.shard(i).hasRoom()) {
        metrics.count(Counter.LIMIT_INBOX_ENTRIES);
        return false;
      }
    }
    batch.expect(Math.max(1, owners.cardinality()));
    unsettled++;
    if (owners.isEmpty()) {
      done(batch, this);
      return true;
    }
    for (int i = owners.nextSetBit(0); i >= 0; i = owners.nextSetBit(i + 1)) {
      if (i != index) {
        hub.shard(i).put(new ShardCommand.Publish(batch, this));
      }
    }
    if (owners.get(index)) {
      catchUp();
      owned.append(batch, this);
    }
    return true;
  }

  /// Takes what other shards have put here so far. A producer that came here from another shard
  /// must not overtake what it published there.
  private void catchUp() {
    for (int left = inbox.size(); left > 0; left--) {
      ShardCommand command = inbox.poll();
      if (command == null) {
        return;
      }
      run(command);
    }
  }

  /// Room is judged with one place kept for every shard, so that all that saw room at once find it.
  /// **Thread:** any.
  private boolean hasRoom() {
    return inbox.size() + hub.size() < inbox.capacity();
  }

  private void put(ShardCommand command) {
    if (!inbox.offer(command)) {
      throw new IllegalStateException("inbox: full (expected: room, as judged before)");
    }
    wake();
  }

  /// All of a batch that is owned here is stored.
  void done(Batch batch, Shard origin) {
    if (batch.ownerDone()) {
      if (origin == this) {
        complete(batch);
      } else {
        origin.completed.offer(batch);
        origin.wake();
      }
    }
  }

  private void complete(Batch batch) {
    unsettled--;
    batch.complete();
  }

  // Subscribing.

  /// Begins a subscription; its `Begun` tells when it stands. The connection holds it already.
  public void subscribe(Subscription subscription) {
    ShardTopic topic = topics.findOrAdd(subscription.key());
    subscription.share(topic.key());
    metrics.count(Counter.SUBSCRIPTIONS_OPENED);
    TopicLog attached = topic.log();
    if (attached != null) {
      begin(topic, subscription, attached);
      return;
    }
    topic.pending().add(subscription);
    if (topic.beginAttach()) {
      Shard owner = hub.owner(topic.key());
      boolean declared = settings.readership().isOwned(topic.key().name());
      if (owner == this) {
        owned.watch(topic.key(), topic, declared, found -> attached(topic, found));
      } else {
        owner.loop.execute(
            () ->
                owner.owned.watch(
                    topic.key(),
                    topic,
                    declared,
                    found -> loop.execute(() -> attached(topic, found))));
      }
    }
  }

  /// @param found null when the topic exists for nobody, or its tenant may have no more
  private void attached(ShardTopic topic, @Nullable TopicLog found) {
    if (found != null) {
      topic.attach(found);
    } else {
      topics.remove(topic);
    }
    Subscription[] waiting = topic.pending().toArray(Subscription[]::new);
    topic.pending().clear();
    for (Subscription subscription : waiting) {
      if (found != null && admits(subscription, found)) {
        presence.begin(subscription);
        delivery.begin(topic, subscription, found);
      } else {
        refuse(subscription, found == null ? absent(topic) : ErrorCode.NOT_FOUND);
      }
    }
    dropIfUnread(topic);
  }

  /// Begins a subscription to a topic that has readers here. A refusal takes the way that it takes
  /// when there are none, so that its time tells nothing.
  private void begin(ShardTopic topic, Subscription subscription, TopicLog attached) {
    if (admits(subscription, attached)) {
      presence.begin(subscription);
      delivery.begin(topic, subscription, attached);
      return;
    }
    Shard owner = hub.owner(topic.key());
    if (owner == this) {
      refuse(subscription, ErrorCode.NOT_FOUND);
    } else {
      owner.loop.execute(() -> loop.execute(() -> refuse(subscription, ErrorCode.NOT_FOUND)));
    }
  }

  private boolean admits(Subscription subscription, TopicLog found) {
    return settings
        .readership()
        .admits(subscription.connection().identity(), subscription.key().name(), found);
  }

  /// Why a topic has no log: what has to be declared is created by that alone, and anything else by
  /// being asked for.
  private ErrorCode absent(ShardTopic topic) {
    return settings.readership().isOwned(topic.key().name())
        ? ErrorCode.NOT_FOUND
        : ErrorCode.TOPIC_QUOTA;
  }

  private void refuse(Subscription subscription, ErrorCode why) {
    if (!subscription.connection().subscriptions().contains(subscription)) {
      return;
    }
    if (why == ErrorCode.NOT_FOUND) {
      metrics.count(Counter.AUTH_GRANT);
    }
    metrics.count(Counter.SUBSCRIPTIONS_CLOSED);
    subscription.connection().remove(subscription);
    subscription.tellRefused(why);
  }

  /// Ends the subscriptions of those whom the topic's readers no longer include.
  void recheck(ShardTopic topic, TopicLog attached) {
    topic.recheck(attached);
    for (Subscription subscription : topic.begun()) {
      recheck(subscription, attached);
    }
  }

  /// Ends the subscriptions of a connection whose identity changed to topics that are declared for
  /// others.
  public void recheck(Connection connection) {
    for (Subscription subscription : List.copyOf(connection.subscriptions())) {
      TopicLog attached = subscription.log();
      if (attached != null) {
        recheck(subscription, attached);
      }
    }
  }

  private void recheck(Subscription subscription, TopicLog attached) {
    if (!admits(subscription, attached)) {
      Cursor cursor = subscription.cursor();
      unsubscribe(subscription);
      metrics.count(Counter.AUTH_GRANT);
      subscription
          .connection()
          .onUnsubscribed(subscription.key().name(), ErrorCode.NOT_FOUND, cursor);
    }
  }

  /// Which topics exist only for their declared readers. **Thread:** any.
  public Readership readership() {
    return settings.readership();
  }

  /// Ends a subscription.
  public void unsubscribe(Subscription subscription) {
    delivery.settle();
    subscription.connection().remove(subscription);
    metrics.count(Counter.SUBSCRIPTIONS_CLOSED);
    presence.end(subscription);
    ShardTopic topic = topics.find(subscription.key());
    if (topic != null) {
      delivery.end(topic, subscription);
      dropIfUnread(topic);
    }
    subscription.tellEnded();
  }

  /// Who is on a topic.
  public ShardPresence presence() {
    return presence;
  }

  private void dropIfUnread(ShardTopic topic) {
    if (topic.log() == null || topic.hasReaders()) {
      return;
    }
    topics.remove(topic);
    Shard owner = hub.owner(topic.key());
    if (owner == this) {
      owned.unwatch(topic.key(), topic);
    } else {
      owner.loop.execute(() -> owner.owned.unwatch(topic.key(), topic));
    }
  }

  /// Finds the log of a topic for reading its history here, through `reader`, which runs on this
  /// shard.
  ///
  /// @param reader gets the log, or null when the topic has none
  public void read(TopicKey key, Consumer<@Nullable TopicLog> reader) {
    Shard owner = hub.owner(key);
    if (owner == this) {
      owned.find(key, reader);
    } else {
      owner.loop.execute(
          () -> owner.owned.find(key, found -> loop.execute(() -> reader.accept(found))));
    }
  }

  /// Finds the log of a topic, with what follows `start` in memory if a store has it.
  ///
  /// @param reader gets the log, or null when the topic has none
  public void read(TopicKey key, StartPoint start, Consumer<@Nullable TopicLog> reader) {
    read(
        key,
        found -> {
          if (found == null) {
            reader.accept(null);
          } else {
            load(found, firstAfter(start, found), () -> reader.accept(found));
          }
        });
  }

  private static long firstAfter(StartPoint start, TopicLog log) {
    long first = log.firstSequence();
    return switch (start) {
      case StartPoint.Now() -> log.lastSequence() + 1;
      case StartPoint.Earliest() -> first;
      case StartPoint.AfterSequence(long sequence) -> Math.max(first, sequence + 1);
      case StartPoint.After(Cursor after) ->
          after.epoch() == log.epoch() ? Math.max(first, after.sequence() + 1) : first;
    };
  }

  /// Brings events that a store has into memory, for a while.
  ///
  /// @param done runs here when they are there, or could not be had
  void load(TopicLog log, long from, Runnable done) {
    if (!log.isAbsent(from)) {
      done.run();
      return;
    }
    Shard owner = hub.owner(log.key());
    if (owner == this) {
      owned.load(log, from, done);
    } else {
      owner.loop.execute(() -> owner.owned.load(log, from, () -> loop.execute(done)));
    }
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

  /// The log of a topic is another one: its readers go on there, and hear of the gap.
  private void replaced(ShardTopic topic, TopicLog by) {
    if (topic.log() == null) {
      return;
    }
    delivery.settle();
    List<Subscription> readers = topic.begun();
    List<Cursor> cursors =
        readers.stream().map(each -> Objects.requireNonNull(each.cursor())).toList();
    readers.forEach(each -> delivery.end(topic, each));
    topic.attach(by);
    for (int i = 0; i < readers.size(); i++) {
      delivery.goOn(topic, readers.get(i), by, cursors.get(i));
    }
  }

  // Announcements. **Thread:** the owner of the log.

  @Override
  public void replace(ShardTopic topic, TopicLog by) {
    execute(() -> replaced(topic, by));
  }

  @Override
  public void announce(ShardTopic topic) {
    announced.offer(topic);
    wake();
  }

  @Override
  public void signal(ShardTopic topic, EventType type, ByteBuf json) {
    json.retain();
    if (inbox.size() + hub.size() >= inbox.capacity()
        || !inbox.offer(new ShardCommand.Signal(topic, type, json))) {
      json.release();
      return;
    }
    wake();
  }

  // The loop.

  void wake() {
    if (!awake.get() && awake.compareAndSet(false, true)) {
      loop.execute(turn);
    }
  }

  /// One turn: append what came in, then write what is new, then let those that lag catch up.
  private void turn() {
    awake.set(false);
    try {
      for (int i = 0; i < COMMANDS_PER_TURN; i++) {
        ShardCommand command = inbox.poll();
        if (command == null) {
          break;
        }
        runAlone(command);
      }
      for (Batch batch = completed.poll(); batch != null; batch = completed.poll()) {
        complete(batch);
      }
      for (int i = 0; i < COMMANDS_PER_TURN; i++) {
        ShardTopic topic = announced.poll();
        if (topic == null) {
          break;
        }
        passAlone(topic);
      }
      delivery.proceed();
    } catch (RuntimeException e) {
      failed(e);
    }
    settle();
    if (!inbox.isEmpty() || !announced.isEmpty() || delivery.hasWork()) {
      wake();
    }
  }

  /// Nothing is queued when the loop goes on to sockets and deadlines.
  private void settle() {
    try {
      delivery.settle();
    } catch (RuntimeException e) {
      failed(e);
    }
    if (ring && delivery.dropBrokenRing()) {
      ring = false;
      metrics.count(Counter.INTERNAL_ERRORS);
      log.error("The ring failed: fan-out goes on with one system call per write");
    }
  }

  /// A command that fails fails alone: what waits behind it has its turn.
  private void runAlone(ShardCommand command) {
    try {
      run(command);
    } catch (RuntimeException e) {
      failed(e);
    }
  }

  private void passAlone(ShardTopic topic) {
    try {
      delivery.pass(topic);
    } catch (RuntimeException e) {
      failed(e);
      settle(); // what the pass had queued refers to its range
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

  private void run(ShardCommand command) {
    switch (command) {
      case ShardCommand.Publish(Batch batch, Shard origin) -> {
        owned.append(batch, origin);
      }
      case ShardCommand.Signal(ShardTopic topic, EventType type, ByteBuf json) -> {
        delivery.signal(topic, type, json);
        json.release();
      }
    }
  }

  private void tick() {
    try {
      wheel.advance(clock.nanos());
      relieve();
      sweep();
      presence.expire();
      owned.retry();
    } catch (RuntimeException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      log.error("A shard's tick failed", e);
    }
  }

  /// Does what the pressure on memory asks for.
  private void relieve() {
    Pressure entered = index == 0 ? hub.memory().refresh() : null;
    if (entered != null) {
      metrics.count(
          switch (entered) {
            case NONE, HIGH -> Counter.MEMORY_HIGH;
            case SEVERE -> Counter.MEMORY_SEVERE;
            case FULL -> Counter.MEMORY_FULL;
          });
    }
    Pressure pressure = pressure();
    if (++ticks % TICKS_PER_STEP[pressure.ordinal()] == 0) {
      owned.squeeze(pressure != Pressure.NONE);
    }
    if (pressure.isAtLeast(Pressure.SEVERE)) {
      int closed = slowest.close(wheel.all(), hub.size());
      metrics.count(Counter.LIMIT_MEMORY_BUDGET, closed);
    } else {
      memory.largestOutbox(0);
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
    return unsettled == 0;
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
