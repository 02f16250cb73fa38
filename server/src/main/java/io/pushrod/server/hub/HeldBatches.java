package io.pushrod.server.hub;

import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/// Batches with producer sequences that a log had no memory for, in the order of each producer.
///
/// None of them is refused: what is behind a publication that was left out would be taken for a
/// retry of it. Bounded by what publishers may have in flight.
///
/// **Thread:** the owner of the logs.
final class HeldBatches {
  /// Goes on with a batch.
  interface Attempt {
    /// @param next the first publication that is not done
    /// @return the same afterwards; their number when all are done
    int append(Batch batch, Shard origin, int next);
  }

  private static final class Held {
    final Batch batch;
    final Shard origin;
    int next;

    Held(Batch batch, Shard origin, int next) {
      this.batch = batch;
      this.origin = origin;
      this.next = next;
    }
  }

  private final Map<Object, ArrayDeque<Held>> byProducer = new LinkedHashMap<>();

  boolean isEmpty() {
    return byProducer.isEmpty();
  }

  /// Whether a batch of this producer waits, so that the next one has to wait behind it.
  boolean holds(Object producer) {
    return byProducer.containsKey(producer);
  }

  void add(Object producer, Batch batch, Shard origin, int next) {
    byProducer
        .computeIfAbsent(producer, _ -> new ArrayDeque<>(2))
        .add(new Held(batch, origin, next));
  }

  /// Tries all again, as far as there is memory.
  void retry(Attempt attempt) {
    Iterator<ArrayDeque<Held>> queues = byProducer.values().iterator();
    while (queues.hasNext()) {
      ArrayDeque<Held> queue = queues.next();
      while (!queue.isEmpty()) {
        Held held = queue.element();
        held.next = attempt.append(held.batch, held.origin, held.next);
        if (held.next < held.batch.publications().size()) {
          break;
        }
        queue.remove();
      }
      if (queue.isEmpty()) {
        queues.remove();
      }
    }
  }

  /// Frees what was never appended.
  void close() {
    byProducer.values().forEach(queue -> queue.forEach(held -> held.batch.discard()));
    byProducer.clear();
  }
}
