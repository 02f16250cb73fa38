package io.pushrod.server.memory;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What logs, outboxes and publishers may hold together, and how near to it they are.
///
/// **Thread:** any; [#refresh] on one thread.
/* What publishers have in flight is shown but bounds nothing: only the logs can take it in, so a log that waited for it to
 * become less would wait for ever. The windows of publishers bound it.
 *
 * Log memory goes up and down by segments, far from the path of an event, so one atomic number counts it exactly, and a
 * reservation that would pass the bound fails. The rest is counted per shard without atomics and joins the sum with each
 * refresh, so a reservation knows it up to one tick late. */
public final class MemoryBudget {
  private static final Logger log = LoggerFactory.getLogger(MemoryBudget.class);
  private static final int RESERVE_SHARE = 100;

  private final long budgetBytes;
  private final long reserveBytes;
  private final AtomicLong logBytes = new AtomicLong();
  private final List<MemoryAccount> accounts = new CopyOnWriteArrayList<>();
  private volatile long otherBytes;

  /// Whether a log asked for more than there was since the last refresh: what is left may be
  /// smaller than any segment, so that the sum alone would never get to the top.
  private final AtomicBoolean refused = new AtomicBoolean();

  private volatile Pressure pressure = Pressure.NONE;

  /// @param budgetBytes at least 1; a hundredth more is kept for lifecycle events
  public MemoryBudget(long budgetBytes) {
    this.budgetBytes = budgetBytes;
    this.reserveBytes = budgetBytes / RESERVE_SHARE;
  }

  /// A budget that is never used up.
  public static MemoryBudget unbounded() {
    return new MemoryBudget(Long.MAX_VALUE / 2);
  }

  /// The account of one more shard.
  public MemoryAccount account() {
    MemoryAccount account = new MemoryAccount();
    accounts.add(account);
    return account;
  }

  /// Takes room for a segment.
  ///
  /// @param sacred whether it is for a lifecycle event, which may use the reserve
  /// @return whether there was room
  public boolean reserve(long bytes, boolean sacred) {
    long limit = budgetBytes + (sacred ? reserveBytes : 0) - otherBytes;
    long now = logBytes.get();
    while (now + bytes <= limit) {
      if (logBytes.compareAndSet(now, now + bytes)) {
        return true;
      }
      now = logBytes.get();
    }
    refused.set(true);
    return false;
  }

  /// Gives the room of a segment back.
  public void release(long bytes) {
    logBytes.addAndGet(-bytes);
  }

  public Pressure pressure() {
    return pressure;
  }

  /// Sums what is held and publishes the level.
  ///
  /// @return the level that was entered from below; null when none was
  public @Nullable Pressure refresh() {
    long others = 0;
    for (MemoryPart part : MemoryPart.values()) {
      others += part.countsAgainstLogs() ? bytes(part) : 0;
    }
    otherBytes = others;
    Pressure before = pressure;
    long used = logBytes.get() + others;
    // Taken at once: a refusal that came between a look and a reset would be forgotten.
    boolean full = refused.getAndSet(false);
    Pressure after = before.next(full ? Math.max(used, budgetBytes) : used, budgetBytes);
    if (after == before) {
      return null;
    }
    pressure = after;
    log.warn(
        "Memory pressure: {} after {}, {} of {} bytes are used",
        after,
        before,
        used(),
        budgetBytes);
    return after.compareTo(before) > 0 ? after : null;
  }

  /// Bytes to be freed before the pressure is below [Pressure#SEVERE].
  public long excessBytes() {
    return Math.max(0, used() - budgetBytes / 100 * 90);
  }

  /// The largest outbox of all shards, as they noted it.
  public long largestOutbox() {
    long largest = 0;
    for (MemoryAccount account : accounts) {
      largest = Math.max(largest, account.largestOutbox());
    }
    return largest;
  }

  public long used() {
    return logBytes.get() + otherBytes;
  }

  public long budgetBytes() {
    return budgetBytes;
  }

  public long bytes(MemoryPart part) {
    if (part == MemoryPart.LOGS) {
      return logBytes.get();
    }
    long sum = 0;
    for (MemoryAccount account : accounts) {
      sum += account.bytes(part);
    }
    return sum;
  }
}
