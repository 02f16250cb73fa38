package io.pushrod.server.storage.disk;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.Commit;

/// What the writer has to do, in this order.
sealed interface Work {
  record Commits(Commit commit) implements Work {}

  @SuppressWarnings("ArrayRecordComponent")
  record Put(byte[] key, byte[] value, Runnable stored) implements Work {}

  @SuppressWarnings("ArrayRecordComponent")
  record Remove(byte[] key) implements Work {}

  /// Looks at a topic that may have too much, or nothing any more.
  record Inspect(TopicKey topic) implements Work {}

  /// Runs when all before it is written.
  record Passed(Runnable task) implements Work {}

  /// About how much it takes to write it.
  default int byteCount() {
    return switch (this) {
      case Commits(Commit commit) -> commit.byteCount();
      case Put put -> put.key().length + put.value().length;
      case Remove remove -> remove.key().length;
      case Inspect _, Passed _ -> 0;
    };
  }
}
