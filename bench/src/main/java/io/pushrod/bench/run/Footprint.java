package io.pushrod.bench.run;

import java.io.IOException;
import java.nio.file.Path;

/// What a server of ours holds in memory.
///
/// @param liveHeapBytes objects after a full collection
/// @param directBytes direct buffers, as its metrics tell
/// @param budgetBytes logs and outboxes, as its memory budget counts them
public record Footprint(double liveHeapBytes, double directBytes, double budgetBytes) {
  public static Footprint of(Pushrod server, Path logs) throws IOException, InterruptedException {
    long live = Memory.liveBytes(server.pid(), logs).getOrDefault("", 0L);
    Metrics metrics = server.metrics();
    return new Footprint(
        live, metrics.value(Pushrod.DIRECT_MEMORY), metrics.value(Pushrod.BUDGET_USED));
  }

  /// What one of `count` things takes that came since `before`.
  public Footprint each(Footprint before, long count) {
    return new Footprint(
        (liveHeapBytes - before.liveHeapBytes) / count,
        (directBytes - before.directBytes) / count,
        (budgetBytes - before.budgetBytes) / count);
  }
}
