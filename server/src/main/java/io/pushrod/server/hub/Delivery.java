package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.OverflowPolicy;
import io.pushrod.server.index.FanoutGroup;
import io.pushrod.server.index.ShardTopic;
import io.pushrod.server.index.SubscriptionIndex;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.net.ring.SendRing;
import io.pushrod.server.session.CatchUp;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.EventFormat;
import io.pushrod.server.session.EventRange;
import io.pushrod.server.session.Outbox;
import io.pushrod.server.session.Subscription;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// Brings events to the readers of a shard: fan-out to those that are caught up, turns for those
/// that are not.
///
/// **Thread:** the shard.
/* Three lists of work, each with a budget a turn so that reads are never starved: walks over large groups that paused,
 * connections whose subscriptions lag or replay, and the topics announced meanwhile (the shard's queue). */
final class Delivery implements FanoutGroup.Leavers, QueuedFanout.Refusals {
  /// The most bytes that one write offers: what a socket with a low not-sent mark takes at once,
  /// some times over.
  private static final int WRITE_BYTES = 64 * 1024;

  /// Socket writes of one walk before others get a turn: about 1 ms.
  private static final int WALK_WRITES = 256;

  /// Bytes that catching up may write in one turn of the shard.
  private static final int CATCH_UP_BYTES = 512 * 1024;

  /// Ranges that are kept for the next walks that pause.
  private static final int MAX_SPARES = 16;

  /// A walk that paused, and the bytes that its remaining members get.
  private record PausedWalk(
      ShardTopic topic, FanoutGroup group, EventRange range, long appendedNanos) {}

  private final Shard shard;
  private final SubscriptionIndex topics;
  private final ShardMetrics metrics;
  private final Clock clock;
  private final CatchUpReader catchUps;
  private final ByteBufAllocator allocator;
  private final ArrayDeque<PausedWalk> paused = new ArrayDeque<>();
  private final ArrayDeque<Connection> ready = new ArrayDeque<>();
  private final ArrayDeque<EventRange> spares = new ArrayDeque<>();
  private EventRange range;

  /// How fan-out is written; null: by one `send(2)` after the other, or however the writer does it.
  private @Nullable QueuedFanout queued;

  /// Members of the walk under way that did not take all of the range.
  private int refused;

  Delivery(
      Shard shard,
      SubscriptionIndex topics,
      HubSettings settings,
      ShardMetrics metrics,
      Clock clock,
      ByteBufAllocator allocator,
      MemoryBudget memory) {
    this.shard = shard;
    this.topics = topics;
    this.metrics = metrics;
    this.clock = clock;
    this.allocator = allocator;
    this.range = new EventRange(allocator);
    this.catchUps = new CatchUpReader(settings, metrics, clock, allocator, memory);
  }

  // How fan-out is written.

  /// From now on fan-out goes through `ring`, which is closed with this.
  void fanOutThrough(SendRing ring) {
    queued = new QueuedFanout(ring, this, metrics, clock, allocator);
  }

  boolean hasRing() {
    return queued != null;
  }

  /// Makes the writes that are queued.
  void settle() {
    if (queued != null) {
      queued.settle();
    }
  }

  /// Makes the writes of that batch, unless they are made.
  void settle(int batch) {
    if (queued != null) {
      queued.settle(batch);
    }
  }

  /// Gives up a ring that failed; the next writes are made one by one.
  ///
  /// @return whether there was one
  boolean dropBrokenRing() {
    if (queued == null || !queued.isBroken()) {
      return false;
    }
    queued.close();
    queued = null;
    return true;
  }

  // Readers come and go.

  /// Lets a reader begin where it asked to.
  void begin(ShardTopic topic, Subscription subscription, TopicLog log) {
    if (subscription.connection().isClosing()) {
      return;
    }
    catchUps.begin(subscription, log);
    topic.addCatchingUp(subscription);
    subscription.tellBegun();
    queue(subscription);
  }

  /// Lets a reader that was taken away go on in another log, once it has heard of the gap.
  ///
  /// @param at where it was
  void goOn(ShardTopic topic, Subscription subscription, TopicLog log, Cursor at) {
    CatchUp before = subscription.catchUp();
    CatchUp catchUp = subscription.begin(log, log.firstSequence() - 1);
    catchUp.queued = before != null && before.queued;
    catchUp.replayUntil = log.lastSequence();
    catchUp.lost = at;
    topic.addCatchingUp(subscription);
    queue(subscription);
  }

  /// Takes a reader away.
  void end(ShardTopic topic, Subscription subscription) {
    if (subscription.group() instanceof FanoutGroup group) {
      group.leave(subscription);
      topic.dropEmptyGroups();
    } else if (subscription.catchUp() != null) {
      topic.removeCatchingUp(subscription);
    } else {
      topic.pending().remove(subscription);
    }
  }

  // Fan-out.

  /// Writes what is new in a topic to its readers here.
  void pass(ShardTopic topic) {
    long appendedNanos = topic.heed();
    TopicLog log = topic.log();
    if (log == null) {
      return;
    }
    if (!topic.isCurrent(log)) {
      settle();
      shard.recheck(topic, log);
    }
    boolean walked = true;
    for (int i = 0; i < topic.groups().size(); i++) {
      FanoutGroup group = topic.groups().get(i);
      if (!group.isWalking()) {
        walk(topic, log, group, appendedNanos);
      }
      walked &= !group.isWalking();
    }
    if (walked) {
      flushed(appendedNanos);
    }
    topic.dropEmptyGroups();
    turnsForCatchingUp(topic);
    finish(topic, log);
  }

  /// Tells those who have all of a log that takes no more.
  private void finish(ShardTopic topic, TopicLog log) {
    if (!log.isSealed()) {
      return;
    }
    settle();
    for (Subscription subscription : topic.begun()) {
      finish(subscription, log);
    }
  }

  private static void finish(Subscription subscription, TopicLog log) {
    if (log.isSealed() && subscription.isAtEnd()) {
      subscription.connection().onSealed(subscription);
    }
  }

  /// Moves a group to the end of the log, or as far as the budget goes.
  ///
  /// @param appendedNanos when what the group lacks began to be appended
  private void walk(ShardTopic topic, TopicLog log, FanoutGroup group, long appendedNanos) {
    int left = WALK_WRITES;
    while (!group.isEmpty() && group.position() < log.lastSequence()) {
      if (!range.read(
          log, group.position(), Long.MAX_VALUE, group.format(), group.filter(), WRITE_BYTES)) {
        dissolve(topic, group);
        return;
      }
      if (!topic.isCurrent(log)) {
        range.release(); // the announcement of the change is on its way
        return;
      }
      if (range.length() == 0) {
        group.skipTo(range.lastSequence());
        range.release();
        continue;
      }
      left = walk(group, range, left);
      if (group.isWalking()) {
        paused.add(new PausedWalk(topic, group, range, appendedNanos));
        EventRange spare = spares.poll();
        range = spare == null ? new EventRange(allocator) : spare;
        settle();
        return;
      }
      if (queued != null) {
        range = queued.hold(range);
      } else {
        range.release();
      }
    }
  }

  private void flushed(long appendedNanos) {
    if (queued != null) {
      queued.passed(appendedNanos);
    } else {
      metrics.flushed(clock.nanos() - appendedNanos);
    }
  }

  private int walk(FanoutGroup group, EventRange bytes, int budget) {
    if (queued != null) {
      return queued.walk(group, bytes, budget, this);
    }
    refused = 0;
    int left = group.walk(bytes, budget, this);
    int writes = budget - left - refused;
    metrics.count(Counter.SOCKET_WRITES, writes);
    metrics.count(Counter.BYTES_WRITTEN, (long) writes * bytes.length());
    metrics.count(Counter.DELIVERIES, (long) writes * bytes.events());
    return left;
  }

  /// Retention overtook the whole group: each reader hears of its gap by itself.
  private void dissolve(ShardTopic topic, FanoutGroup group) {
    settle();
    while (!group.isEmpty()) {
      Subscription subscription = group.member(group.size() - 1);
      subscription.leave(group.leave(subscription));
      topic.addCatchingUp(subscription);
      queue(subscription);
    }
  }

  @Override
  public void onPushedBack(Subscription subscription, EventRange bytes, int taken, long position) {
    Connection connection = subscription.connection();
    long cursor = position;
    refused++;
    if (taken != Connection.NOT_NOW) {
      cursor = bytes.sequenceAt(taken);
      metrics.count(Counter.SOCKET_WRITES);
      metrics.count(Counter.BYTES_WRITTEN, bytes.endAt(taken));
      metrics.count(Counter.DELIVERIES, bytes.eventsUntil(taken));
      connection.finishLater(bytes, taken);
    }
    CatchUp catchUp = subscription.leave(cursor);
    catchUp.lagging = true;
    ShardTopic topic = topics.find(subscription.key());
    if (topic != null) {
      topic.addCatchingUp(subscription);
    }
    connection.outbox().lag(subscription);
  }

  @Override
  public void onShort(Subscription subscription, EventRange bytes, int taken) {
    onPushedBack(subscription, bytes, taken, 0);
    turn(subscription);
  }

  @Override
  public void onFailed(RuntimeException e) {
    shard.failed(e);
  }

  /// Sends a signal to the readers that are caught up and have room; it is the first to go.
  void signal(ShardTopic topic, EventType type, ByteBuf json) {
    TopicLog log = topic.log();
    if (log == null) {
      return;
    }
    if (!topic.isCurrent(log)) {
      shard.recheck(topic, log);
    }
    for (int g = 0; g < topic.groups().size(); g++) {
      FanoutGroup group = topic.groups().get(g);
      if (!group.filter().admits(type)) {
        continue;
      }
      int bytes = json.readableBytes();
      ByteBuf frame = allocator.directBuffer(bytes + 32);
      group.format().append(frame, log, EventFormat.NO_SEQUENCE, json, json.readerIndex(), bytes);
      for (int i = 0; i < group.size() && frame.isReadable(); i++) {
        if (group.member(i).connection().sendIfFree(frame.retainedDuplicate())) {
          metrics.count(Counter.DELIVERIES);
        } else {
          metrics.count(Counter.DROPPED_SIGNALS);
        }
      }
      frame.release();
    }
  }

  // Catching up.

  /// The socket of a connection has room again.
  void onWritable(Connection connection) {
    if (connection.onWritable()) {
      connection.trimOutbox();
      if (connection.outboxIfAny() != null) {
        ready(connection);
      }
    }
  }

  /// Does a turn's share of paused walks and of catching up.
  void proceed() {
    for (int i = paused.size(); i > 0; i--) {
      PausedWalk walk = paused.remove();
      proceed(walk);
    }
    settle();
    int budget = CATCH_UP_BYTES;
    while (budget > 0 && !ready.isEmpty()) {
      Connection connection = ready.remove();
      connection.ready(false);
      budget -= serve(connection);
      if (connection.isFree() && hasLagging(connection)) {
        ready(connection);
      }
    }
  }

  private void proceed(PausedWalk walk) {
    FanoutGroup group = walk.group();
    if (group.isWalking()) {
      walk(group, walk.range(), WALK_WRITES);
      settle();
      if (group.isWalking()) {
        settle();
        paused.add(walk);
        return;
      }
    }
    if (spares.size() < MAX_SPARES) {
      walk.range().release();
      spares.add(walk.range());
    } else {
      walk.range().close();
    }
    long nowNanos = clock.nanos();
    metrics.flushed(nowNanos - walk.appendedNanos());
    TopicLog log = walk.topic().log();
    if (log != null) {
      walk(walk.topic(), log, group, nowNanos);
      walk.topic().dropEmptyGroups();
      turnsForCatchingUp(walk.topic());
      finish(walk.topic(), log);
    }
  }

  boolean hasWork() {
    return !paused.isEmpty() || !ready.isEmpty();
  }

  /// Lets the lagging subscriptions of a connection take turns, until its socket pushes back or all
  /// have had one.
  ///
  /// @return bytes written
  private int serve(Connection connection) {
    Outbox outbox = connection.outboxIfAny();
    int written = 0;
    for (int turns = outbox == null ? 0 : outbox.lagging(); outbox != null && turns > 0; turns--) {
      Subscription subscription = connection.isFree() ? outbox.pollLagging() : null;
      if (subscription == null) {
        break;
      }
      written += serve(connection, subscription);
    }
    connection.trimOutbox();
    return written;
  }

  /// @return bytes written, or a whole turn's worth when the turn is to end
  private int serve(Connection connection, Subscription subscription) {
    ShardTopic topic = topics.find(subscription.key());
    CatchUp own = subscription.catchUp();
    if (own != null && own.loading) {
      return 0;
    }
    TopicLog log = subscription.begunLog();
    long last = log.lastSequence(); // before its readers: what they may read ends there
    if (topic != null && !topic.isCurrent(log)) {
      connection.outbox().lag(subscription);
      return CATCH_UP_BYTES; // the turn ends, and the next one finds the change announced
    }
    int written = catchUps.read(subscription, last);
    CatchUp catchUp = subscription.catchUp();
    if (catchUp != null && catchUps.absent() != 0) {
      load(subscription, log, catchUp, catchUps.absent());
      return written;
    }
    if (catchUp == null || topic == null || connection.isClosing()) {
      return written;
    }
    if (catchUp.cursor < log.lastSequence() || catchUp.hasSkip()) {
      connection.outbox().lag(subscription);
    } else if (connection.isFree()) {
      join(topic, subscription, catchUp);
    } else {
      connection.outbox().lag(subscription);
    }
    return written;
  }

  /// What a reader lacks is brought from the store; it has its turn then.
  private void load(Subscription subscription, TopicLog log, CatchUp catchUp, long from) {
    catchUp.loading = true;
    shard.load(
        log,
        from,
        () -> {
          catchUp.loading = false;
          if (subscription.catchUp() == catchUp && !subscription.connection().isClosing()) {
            queue(subscription);
          }
        });
  }

  /// A reader at the end of the log joins its group; if the group is elsewhere, it waits for the
  /// group's next pass.
  private void join(ShardTopic topic, Subscription subscription, CatchUp catchUp) {
    subscription.endReplay();
    FanoutGroup group = topic.group(subscription.format(), subscription.filter());
    int slot = subscription.slot();
    if (group.join(subscription, catchUp.cursor)) {
      topic.removeCatchingUp(slot);
      subscription.connection().onCaughtUp(subscription);
      finish(subscription, subscription.begunLog());
    }
  }

  /// After a pass: readers beside the groups get a turn, or are judged by their overflow policy.
  private void turnsForCatchingUp(ShardTopic topic) {
    for (int i = topic.catchingUp().size() - 1; i >= 0; i--) {
      turn(topic.catchingUp().get(i));
    }
  }

  private void turn(Subscription subscription) {
    Connection connection = subscription.connection();
    if (connection.isFree()) {
      queue(subscription);
    } else if (!connection.isClosing()
        && subscription.policy() == OverflowPolicy.DISCONNECT
        && catchUps.isOverflowing(subscription)) {
      metrics.count(Counter.LIMIT_OUTBOX_BYTES);
      connection.close(CloseReason.SLOW_CONSUMER);
    }
  }

  private void queue(Subscription subscription) {
    Connection connection = subscription.connection();
    connection.outbox().lag(subscription);
    if (connection.isFree()) {
      ready(connection);
      shard.wake();
    }
  }

  private void ready(Connection connection) {
    if (connection.ready(true)) {
      ready.add(connection);
    }
  }

  private static boolean hasLagging(Connection connection) {
    Outbox outbox = connection.outboxIfAny();
    return outbox != null && outbox.lagging() > 0;
  }

  void close() {
    if (queued != null) {
      queued.close();
    }
    range.close();
    catchUps.close();
    paused.forEach(walk -> walk.range().close());
    spares.forEach(EventRange::close);
    paused.clear();
    ready.clear();
  }
}
