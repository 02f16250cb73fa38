package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What waits for a connection whose socket pushed back: control frames, and subscriptions that
/// have events to send.
///
/// Bounded by entries and bytes for the frames, and by the number of subscriptions for the rest: a
/// lagging subscription holds no bytes, its range of the log is everything behind its cursor.
/// Exists only while something waits, or the socket pushes back.
///
/// **Thread:** the connection's shard.
public final class Outbox {
  private final int limitEntries;
  private final long limitBytes;
  private final ArrayDeque<ByteBuf> frames = new ArrayDeque<>(4);
  private final ArrayDeque<Subscription> lagging = new ArrayDeque<>(4);
  private long frameBytes;
  private long progressNanos;
  private long progress;

  public Outbox(int limitEntries, long limitBytes) {
    this.limitEntries = limitEntries;
    this.limitBytes = limitBytes;
  }

  /// The socket pushed back, for the first time or again.
  ///
  /// @param progress grows with every byte that the socket takes
  void pushedBack(long nowNanos, long progress) {
    this.progressNanos = nowNanos;
    this.progress = progress;
  }

  /// Whether the socket took bytes since the last look.
  boolean progressed(long nowNanos, long now) {
    if (now == progress) {
      return false;
    }
    pushedBack(nowNanos, now);
    return true;
  }

  /// When the socket last took bytes, as far as we looked.
  long progressNanos() {
    return progressNanos;
  }

  /// Takes ownership of `frame` unless the outbox is full.
  ///
  /// @return whether it was taken
  public boolean offer(ByteBuf frame) {
    if (isFullOfEntries() || frameBytes + frame.readableBytes() > limitBytes) {
      return false;
    }
    frameBytes += frame.readableBytes();
    frames.add(frame);
    return true;
  }

  /// Whether it is the number of entries that bounds it now, not their bytes.
  public boolean isFullOfEntries() {
    return frames.size() >= limitEntries;
  }

  /// The oldest control frame, which the caller owns then; null when there is none.
  public @Nullable ByteBuf pollFrame() {
    ByteBuf frame = frames.poll();
    if (frame != null) {
      frameBytes -= frame.readableBytes();
    }
    return frame;
  }

  /// Queues a subscription for a turn, once.
  public void lag(Subscription subscription) {
    CatchUp catchUp = subscription.catchUp();
    if (catchUp != null && !catchUp.queued) {
      catchUp.queued = true;
      lagging.add(subscription);
    }
  }

  /// The subscription whose turn it is; null when none waits.
  public @Nullable Subscription pollLagging() {
    Subscription subscription = lagging.poll();
    CatchUp catchUp = subscription == null ? null : subscription.catchUp();
    if (catchUp != null) {
      catchUp.queued = false;
    }
    return subscription;
  }

  /// How many subscriptions wait for a turn.
  public int lagging() {
    return lagging.size();
  }

  public void forget(Subscription subscription) {
    lagging.remove(subscription);
  }

  public boolean isEmpty() {
    return frames.isEmpty() && lagging.isEmpty();
  }

  /// Bytes of control frames that wait.
  public long frameBytes() {
    return frameBytes;
  }

  public void close() {
    frames.forEach(ByteBuf::release);
    frames.clear();
    lagging.clear();
    frameBytes = 0;
  }
}
