package io.pushrod.server.hub;

import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.net.DeadlineWheel;

/// Does on a shard what the pressure on memory asks for, tick by tick: logs keep less, then the
/// readers that hold most are closed.
///
/// **Thread:** the shard.
final class Relief {
  /// Ticks from one step of squeezing logs to the next, by pressure; the first is for letting go.
  private static final int[] TICKS_PER_STEP = {10, 10, 3, 1};

  private final Hub hub;
  private final MemoryBudget budget;
  private final MemoryAccount account;
  private final OwnedTopics owned;
  private final DeadlineWheel wheel;
  private final ShardMetrics metrics;
  private final SlowestReaders slowest;
  private final boolean isFirst;
  private int ticks;

  /// @param isFirst whether it looks at the budget for all shards
  Relief(
      Hub hub,
      MemoryAccount account,
      OwnedTopics owned,
      DeadlineWheel wheel,
      ShardMetrics metrics,
      boolean isFirst) {
    this.hub = hub;
    this.budget = hub.memory();
    this.account = account;
    this.owned = owned;
    this.wheel = wheel;
    this.metrics = metrics;
    this.slowest = new SlowestReaders(budget, account);
    this.isFirst = isFirst;
  }

  void tick() {
    if (isFirst) {
      look();
    }
    Pressure pressure = budget.pressure();
    if (++ticks % TICKS_PER_STEP[pressure.ordinal()] == 0) {
      owned.squeeze(pressure != Pressure.NONE);
    }
    if (pressure.isAtLeast(Pressure.SEVERE)) {
      int closed = slowest.close(wheel.all(), hub.size());
      metrics.count(Counter.LIMIT_MEMORY_BUDGET, closed);
    } else {
      account.largestOutbox(0);
    }
  }

  private void look() {
    Pressure entered = budget.refresh();
    if (entered != null) {
      metrics.count(
          switch (entered) {
            case NONE, HIGH -> Counter.MEMORY_HIGH;
            case SEVERE -> Counter.MEMORY_SEVERE;
            case FULL -> Counter.MEMORY_FULL;
          });
    }
  }
}
