package io.pushrod.server.hub;

import java.util.ArrayDeque;

/// Batches whose publishers wait for an answer, oldest first.
///
/// **Thread:** the shard that they came from.
final class AwaitedBatches {
  private record Awaited(Batch batch, long untilNanos) {}

  private final ArrayDeque<Awaited> waiting = new ArrayDeque<>();

  /// @param untilNanos when the answer is due; not before that of those added before
  void add(Batch batch, long untilNanos) {
    if (!batch.isCompleted()) {
      waiting.add(new Awaited(batch, untilNanos));
    }
  }

  /// Answers those that have waited long enough.
  ///
  /// @return how many
  int expire(long nowNanos) {
    int late = 0;
    for (Awaited next = waiting.peek(); next != null; next = waiting.peek()) {
      if (!next.batch().isCompleted()) {
        if (nowNanos - next.untilNanos() < 0) {
          break;
        }
        next.batch().giveUp();
        late++;
      }
      waiting.remove();
    }
    return late;
  }
}
