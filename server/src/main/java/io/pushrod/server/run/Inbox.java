package io.pushrod.server.run;

import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// What waits for a worker, oldest first.
///
/// **Thread:** the desk's shard.
final class Inbox {
  final String name;
  private final ArrayDeque<Work> waiting = new ArrayDeque<>();
  private long bytes;

  Inbox(String name) {
    this.name = name;
  }

  boolean isEmpty() {
    return waiting.isEmpty();
  }

  int size() {
    return waiting.size();
  }

  long bytes() {
    return bytes;
  }

  void addLast(Work work) {
    waiting.addLast(work);
    bytes += work.bytes();
    work.queued = true;
  }

  /// It waited before.
  void addFirst(Work work) {
    waiting.addFirst(work);
    bytes += work.bytes();
    work.queued = true;
  }

  @Nullable Work poll() {
    Work first = waiting.pollFirst();
    if (first != null) {
      left(first);
    }
    return first;
  }

  void remove(Work work) {
    if (work.queued && waiting.remove(work)) {
      left(work);
    }
  }

  /// The desk is taken down.
  void abandon() {
    waiting.forEach(Work::abandon);
  }

  private void left(Work work) {
    bytes -= work.bytes();
    work.queued = false;
  }
}
