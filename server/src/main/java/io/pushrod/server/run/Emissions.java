package io.pushrod.server.run;

import io.pushrod.server.log.Producer;
import io.pushrod.server.run.DeskMessage.NodeStep;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// Who may publish a run's events, and when that was done last.
///
/// **Thread:** any, except [#hold].
final class Emissions {
  /// What only the desk says about a run.
  private static final Set<String> OURS =
      Set.of("run_start", "run_end", "error", "cancelled", "cancelling", "stalled", "heartbeat");

  private static final String NODE_START = "node_start";
  private static final String NODE_END = "node_end";

  /// The worker that may publish them; null before and after.
  private volatile @Nullable Producer holder;

  /// When something was emitted, in milliseconds of the desk's clock; 0 for never. Benign races: it
  /// only has to be about right.
  private final AtomicLong lastMillis = new AtomicLong();

  /// Since when a node runs; 0 for none.
  private final AtomicLong nodeMillis = new AtomicLong();

  @Nullable Producer holder() {
    return holder;
  }

  /// From now on this worker may publish. **Thread:** the desk's shard.
  ///
  /// @param worker null for nobody
  void hold(@Nullable Producer worker) {
    holder = worker;
  }

  /// Whether this producer may publish such an event to the run now; notes that it does.
  boolean admits(@Nullable Producer producer, String type, long nowMillis) {
    if (producer == null || !producer.equals(holder) || isOurs(type)) {
      return false;
    }
    emitted(nowMillis, step(type));
    return true;
  }

  /// The worker emitted something.
  ///
  /// @param millis of the desk's clock
  void emitted(long millis, NodeStep step) {
    lastMillis.setOpaque(millis);
    if (step != NodeStep.NONE) {
      nodeMillis.setOpaque(step == NodeStep.BEGUN ? millis : 0);
    }
  }

  long lastMillis() {
    return lastMillis.getOpaque();
  }

  long nodeMillis() {
    return nodeMillis.getOpaque();
  }

  /// Whether only the desk says such a thing about a run.
  static boolean isOurs(String type) {
    return OURS.contains(type);
  }

  static NodeStep step(String type) {
    return switch (type) {
      case NODE_START -> NodeStep.BEGUN;
      case NODE_END -> NodeStep.ENDED;
      default -> NodeStep.NONE;
    };
  }
}
