package io.pushrod.server.session;

import io.netty.buffer.ByteBuf;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryPart;
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
  private final MemoryAccount account;
  private long frameBytes;

  /// Bytes that Netty holds for the socket that pushed back.
  private long socketBytes;

  private long progressNanos;
  private long progress;

  public Outbox(int limitEntries, long limitBytes, MemoryAccount account) {
    this.account = account;
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
    hold(frame.readableBytes());
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
      hold(-frame.readableBytes());
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

  /// Notes what Netty holds while the socket pushes back; 0 once it does not.
  void socketBytes(long bytes) {
    account.add(MemoryPart.SOCKETS, bytes - socketBytes);
    socketBytes = bytes;
  }

  /// Bytes that wait, wherever they do.
  public long waitingBytes() {
    return frameBytes + socketBytes;
  }

  /// Frees the frames, which will never be sent.
  void dropFrames() {
    frames.forEach(ByteBuf::release);
    frames.clear();
    hold((int) -frameBytes);
  }

  public void close() {
    dropFrames();
    socketBytes(0);
    lagging.clear();
  }

  private void hold(int bytes) {
    frameBytes += bytes;
    account.add(MemoryPart.OUTBOXES, bytes);
  }
}
