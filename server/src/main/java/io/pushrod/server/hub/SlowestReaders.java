package io.pushrod.server.hub;

import io.pushrod.codec.CloseReason;
import io.pushrod.server.memory.MemoryAccount;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.memory.MemoryPart;
import io.pushrod.server.net.Deadline;
import io.pushrod.server.session.Connection;
import io.pushrod.server.session.Outbox;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Closes the connections with the largest outboxes while memory is short.
///
/// All shards note their largest one, and each closes only what is at least half as large as the
/// largest of all; so they go in the order of size, though no shard knows the others' connections.
///
/// **Thread:** the shard.
final class SlowestReaders {
  /// Where outboxes hold less than this part of the budget, closing readers would free next to
  /// nothing.
  private static final int LEAST_SHARE = 16;

  private record Waiting(Connection connection, long bytes) {}

  private final MemoryBudget memory;
  private final MemoryAccount account;

  SlowestReaders(MemoryBudget memory, MemoryAccount account) {
    this.memory = memory;
    this.account = account;
  }

  /// Closes the largest, until a share of the excess is freed.
  ///
  /// @param deadlines everything open here
  /// @return how many were closed
  int close(List<Deadline> deadlines, int shards) {
    long held = memory.bytes(MemoryPart.OUTBOXES) + memory.bytes(MemoryPart.SOCKETS);
    List<Waiting> largestFirst = largestFirst(deadlines);
    account.largestOutbox(largestFirst.isEmpty() ? 0 : largestFirst.getFirst().bytes());
    if (held < memory.budgetBytes() / LEAST_SHARE) {
      return 0;
    }
    long excess = (memory.excessBytes() + shards - 1) / shards;
    int closed = 0;
    for (Waiting waiting : largestFirst) {
      if (excess <= 0 || 2 * waiting.bytes() < memory.largestOutbox()) {
        break;
      }
      waiting.connection().close(CloseReason.SLOW_CONSUMER);
      excess -= waiting.bytes();
      closed++;
    }
    return closed;
  }

  private static List<Waiting> largestFirst(List<Deadline> deadlines) {
    List<Waiting> all = new ArrayList<>();
    for (Deadline deadline : deadlines) {
      if (deadline instanceof Connection connection && !connection.isClosing()) {
        Outbox outbox = connection.outboxIfAny();
        if (outbox != null && outbox.waitingBytes() > 0) {
          all.add(new Waiting(connection, outbox.waitingBytes()));
        }
      }
    }
    all.sort(Comparator.comparingLong(Waiting::bytes).reversed());
    return all;
  }
}
