package io.pushrod.server.hub;

import io.netty.channel.EventLoop;
import io.pushrod.server.index.ShardTopic;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jctools.queues.MpscArrayQueue;
import org.jctools.queues.MpscUnboundedArrayQueue;
import org.jspecify.annotations.Nullable;

/// What others have for a shard, until its next turn.
///
/// **Thread:** any puts; the shard takes.
/* `commands` is bounded and may refuse: batches to append, signals to pass on. `announced` and `completed` need no bound
 * of their own: a topic stands in the first at most once, a batch in the second once, and both exist before. A wake-up is
 * outstanding at most once. */
final class Inbox {
  private final EventLoop loop;
  private final Runnable turn;
  private final MpscArrayQueue<ShardCommand> commands;
  private final MpscUnboundedArrayQueue<ShardTopic> announced = new MpscUnboundedArrayQueue<>(256);
  private final MpscUnboundedArrayQueue<Batch> completed = new MpscUnboundedArrayQueue<>(256);
  private final AtomicBoolean awake = new AtomicBoolean();

  /// @param entries commands that may wait
  /// @param turn of the shard, which begins with [#onTurn]
  Inbox(EventLoop loop, int entries, Runnable turn) {
    this.loop = loop;
    this.turn = turn;
    this.commands = new MpscArrayQueue<>(entries);
  }

  // Any thread.

  /// @param places that are kept free
  boolean hasRoom(int places) {
    return commands.size() + places < commands.capacity();
  }

  /// Puts a command for which room was kept.
  void put(ShardCommand command) {
    if (!commands.offer(command)) {
      throw new IllegalStateException("inbox: full (expected: room, as judged before)");
    }
    wake();
  }

  /// Puts a command if there is room besides the places that are kept free.
  boolean offer(ShardCommand command, int places) {
    if (!hasRoom(places) || !commands.offer(command)) {
      return false;
    }
    wake();
    return true;
  }

  /// A topic that the shard reads has something new.
  void announce(ShardTopic topic) {
    announced.offer(topic);
    wake();
  }

  /// All owners have appended their parts of a batch of the shard's.
  void complete(Batch batch) {
    completed.offer(batch);
    wake();
  }

  void wake() {
    if (!awake.get() && awake.compareAndSet(false, true)) {
      loop.execute(turn);
    }
  }

  // The shard.

  /// What is put from now on wakes the shard again.
  void onTurn() {
    awake.set(false);
  }

  /// Commands that wait.
  int commands() {
    return commands.size();
  }

  @Nullable ShardCommand pollCommand() {
    return commands.poll();
  }

  @Nullable Batch pollCompleted() {
    return completed.poll();
  }

  @Nullable ShardTopic pollAnnounced() {
    return announced.poll();
  }

  /// Whether there is something for another turn.
  boolean hasWork() {
    return !commands.isEmpty() || !announced.isEmpty();
  }
}
