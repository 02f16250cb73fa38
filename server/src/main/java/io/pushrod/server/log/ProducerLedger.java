package io.pushrod.server.log;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

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
  private long taken;
  private @Nullable Entry judged;

  /// @param limit the most producers remembered; the one unused longest is forgotten first
  ProducerLedger(int limit) {
    this.limit = limit;
  }

  /// Judges one publication; a fresh one is remembered by [#accept].
  Verdict judge(String producer, long epoch, long producerSequence) {
    Entry entry = entry(producer);
    entry.usedAt = ++uses;
    if (epoch < entry.epoch) {
      return Verdict.STALE_EPOCH;
    }
    if (epoch > entry.epoch) {
      entry.epoch = epoch;
      entry.lastSequence = 0;
      entry.slot = nextSlot++;
    }
    judged = entry;
    if (producerSequence <= entry.lastSequence) {
      return Verdict.DUPLICATE;
    }
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

  /// Remembers what a store knows of a producer.
  void restore(String producer, long epoch, long lastSequence) {
    Entry entry = entry(producer);
    entry.usedAt = ++uses;
    entry.epoch = epoch;
    entry.lastSequence = lastSequence;
  }

  /// Remembers that the publication judged last was appended.
  void accept(long producerSequence) {
    if (judged != null) {
      judged.lastSequence = producerSequence;
    }
    taken++;
  }

  /// How often [#accept] was called.
  long taken() {
    return taken;
  }

  /// Stands for the producer last judged and its epoch, so that the sequences of two incarnations
  /// are told apart; at least 1.
  int slot() {
    return judged == null ? 0 : judged.slot;
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
    entry.slot = nextSlot++;
    entries.add(entry);
    return entry;
  }
}
