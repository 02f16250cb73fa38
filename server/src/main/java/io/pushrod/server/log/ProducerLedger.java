package io.pushrod.server.log;

import java.util.ArrayList;
import java.util.List;

/// What a log remembers of its producers to tell a retry from a new event and a zombie from its
/// successor.
///
/// **Thread:** the log's owner.
final class ProducerLedger {
  enum Verdict {
    FRESH,
    DUPLICATE,
    STALE_EPOCH
  }

  private static final class Entry {
    final String producer;

    /// Of this producer in this epoch.
    int slot;

    long epoch;
    long lastSequence;
    long usedAt;

    Entry(String producer) {
      this.producer = producer;
    }
  }

  private final int limit;
  private final List<Entry> entries = new ArrayList<>(1);
  private int nextSlot = 1;
  private long uses;
  private int slot;

  /// @param limit the most producers remembered; the one unused longest is forgotten first
  ProducerLedger(int limit) {
    this.limit = limit;
  }

  /// Judges one publication and, when fresh, remembers it.
  Verdict admit(String producer, long epoch, long producerSequence) {
    Entry entry = entry(producer);
    if (epoch < entry.epoch) {
      return Verdict.STALE_EPOCH;
    }
    entry.usedAt = ++uses;
    if (epoch > entry.epoch) {
      entry.epoch = epoch;
      entry.lastSequence = 0;
      entry.slot = nextSlot;
      nextSlot = nextSlot == Short.MAX_VALUE ? 1 : nextSlot + 1;
    }
    slot = entry.slot;
    if (producerSequence <= entry.lastSequence) {
      return Verdict.DUPLICATE;
    }
    entry.lastSequence = producerSequence;
    return Verdict.FRESH;
  }

  /// The slot of a producer in an epoch, 0 when it is not known.
  int slot(String producer, long epoch) {
    for (Entry entry : entries) {
      if (entry.producer.equals(producer)) {
        return entry.epoch == epoch ? entry.slot : 0;
      }
    }
    return 0;
  }

  /// The slot of the producer last admitted or recognised, at least 1.
  int slot() {
    return slot;
  }

  private Entry entry(String producer) {
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (entry.producer.equals(producer)) {
        return entry;
      }
    }
    if (entries.size() >= limit) {
      Entry oldest = entries.getFirst();
      for (Entry entry : entries) {
        oldest = entry.usedAt < oldest.usedAt ? entry : oldest;
      }
      entries.remove(oldest);
    }
    Entry entry = new Entry(producer);
    entries.add(entry);
    return entry;
  }
}
