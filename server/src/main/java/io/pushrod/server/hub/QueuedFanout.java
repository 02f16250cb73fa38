package io.pushrod.server.hub;

import io.netty.buffer.ByteBufAllocator;
import io.pushrod.server.index.FanoutGroup;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.net.ring.SendRing;
import io.pushrod.server.session.EventRange;
import io.pushrod.server.session.Subscription;
import io.pushrod.server.session.WriteBatch;
import java.util.ArrayDeque;
import java.util.Arrays;

/// Fan-out whose writes leave together, whatever groups and topics of a turn they are for.
///
/// Readers count as served as soon as they are queued. Whoever looks at their cursors, or changes
/// the groups, settles first.
///
/// **Thread:** the shard.
/* A range that was walked to its end is held until the writes are made, and serves another walk then. */
final class QueuedFanout implements WriteBatch.Outcomes, AutoCloseable {
  /// Rendered bytes that may be held; what the log holds costs nothing more.
  private static final int HELD_BYTES = 256 * 1024;

  /// A rendered buffer larger than this is not kept for the next walk.
  private static final int KEPT_BYTES = 4 * 1024;

  /// Who puts readers that did not take all beside the groups.
  interface Refusals {
    void onShort(Subscription reader, EventRange range, int taken);

    void onFailed(RuntimeException e);
  }

  private final WriteBatch batch;
  private final Refusals refusals;
  private final ShardMetrics metrics;
  private final Clock clock;
  private final ByteBufAllocator allocator;
  private final EventRange[] held = new EventRange[SendRing.ENTRIES];
  private final long[] appendedNanos = new long[SendRing.ENTRIES];
  private final ArrayDeque<EventRange> spares = new ArrayDeque<>();
  private int ranges;
  private int heldBytes;
  private int passes;

  QueuedFanout(
      SendRing ring,
      Refusals refusals,
      ShardMetrics metrics,
      Clock clock,
      ByteBufAllocator allocator) {
    this.batch = new WriteBatch(ring, this);
    this.refusals = refusals;
    this.metrics = metrics;
    this.clock = clock;
    this.allocator = allocator;
  }

  /// Queues `range` for the members of a group.
  ///
  /// @return the unused part of the budget
  int walk(FanoutGroup group, EventRange range, int budget, FanoutGroup.Leavers leavers) {
    return group.walk(range, budget, batch, leavers);
  }

  /// Keeps a range, whose walk has come to its end, until its bytes are written.
  ///
  /// @return a range to read with next
  EventRange hold(EventRange range) {
    EventRange spare = spares.poll();
    EventRange next = spare == null ? new EventRange(allocator) : spare;
    held[ranges++] = range;
    heldBytes += range.isRendered() ? range.renderedCapacity() : 0;
    if (ranges == held.length || heldBytes > HELD_BYTES) {
      settle();
    }
    return next;
  }

  /// A topic's readers are served with the next submit.
  void passed(long appended) {
    if (passes == appendedNanos.length) {
      settle();
    }
    appendedNanos[passes++] = appended;
  }

  /// Makes the writes that are queued.
  void settle() {
    if (batch.isSettling()) {
      return;
    }
    batch.settle();
    letGo();
    tellFlushed();
  }

  /// Makes the writes of that batch, unless they are made.
  void settle(int number) {
    if (batch.number() == number) {
      settle();
    }
  }

  /// Whether the ring failed, so that fan-out has to go another way.
  boolean isBroken() {
    return batch.isBroken();
  }

  @Override
  public void onShort(Subscription reader, EventRange range, int taken) {
    if (!reader.connection().isClosing() && reader.group() instanceof FanoutGroup group) {
      group.leave(reader);
      refusals.onShort(reader, range, taken);
    }
  }

  @Override
  public void onFailed(RuntimeException e) {
    refusals.onFailed(e);
  }

  @Override
  public void onSettled(int writes, long bytes, long events, int fallbacks) {
    metrics.count(Counter.SOCKET_WRITES, writes);
    metrics.count(Counter.BYTES_WRITTEN, bytes);
    metrics.count(Counter.DELIVERIES, events);
    metrics.count(Counter.RING_SUBMITS);
    metrics.count(Counter.RING_FALLBACKS, fallbacks);
  }

  /// Nothing refers to the bytes of ranges that were held any more.
  private void letGo() {
    for (int i = 0; i < ranges; i++) {
      EventRange range = held[i];
      if (range.renderedCapacity() > KEPT_BYTES) {
        range.close();
      } else {
        range.release();
      }
      spares.push(range);
    }
    forget();
  }

  private void forget() {
    Arrays.fill(held, 0, ranges, null);
    ranges = 0;
    heldBytes = 0;
  }

  private void tellFlushed() {
    if (passes > 0) {
      long nowNanos = clock.nanos();
      for (int i = 0; i < passes; i++) {
        metrics.flushed(nowNanos - appendedNanos[i]);
      }
      passes = 0;
    }
  }

  @Override
  public void close() {
    batch.close();
    for (int i = 0; i < ranges; i++) {
      held[i].close();
    }
    forget();
    spares.forEach(EventRange::close);
    spares.clear();
  }
}
