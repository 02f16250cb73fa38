package io.pushrod.server.hub;

import io.pushrod.codec.EventClass;
import io.pushrod.server.log.EventRecord;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.storage.Commit;
import io.pushrod.server.storage.DiskTopics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// What one turn of a shard changed, to be stored together, and what follows once it is: its events
/// are published, their readers told and its batches done, in this order.
///
/// A log is stored from its first event or declaration on: those who only ask for names leave
/// nothing behind.
///
/// **Thread:** the shard.
final class TurnCommit {
  private record Finished(Batch batch, Shard origin) {}

  private final Shard shard;
  private final Clock clock;

  /// When the turn began.
  private final long nanos;

  private final Commit changes;
  private final Set<TopicLog> touched = new LinkedHashSet<>();
  private final List<Finished> batches = new ArrayList<>();

  /// How far each log is published with it, once it was handed over.
  private final Map<TopicLog, Long> until = new LinkedHashMap<>();

  TurnCommit(Shard shard, Clock clock, long nanos) {
    this.shard = shard;
    this.clock = clock;
    this.nanos = nanos;
    this.changes = new Commit(() -> shard.execute(this::committed));
  }

  /// The readers of `log` are told once all is stored.
  void touch(TopicLog log) {
    touched.add(log);
  }

  /// `batch` is done once all is stored.
  void add(Batch batch, Shard origin) {
    batches.add(new Finished(batch, origin));
  }

  /// Adds what `log` took last.
  ///
  /// @param t which topic of the event it is
  /// @param stored whether the event got a sequence
  void add(
      TopicLog log,
      Publication event,
      int t,
      @Nullable Producer producer,
      boolean stored,
      long nowMillis) {
    if (stored) {
      addEvent(log, t == 0 ? event : event.withoutRule(), producer, nowMillis);
    } else if (producer != null) {
      note(log, producer, event.producerSequence());
    }
  }

  private void addEvent(
      TopicLog log, Publication event, @Nullable Producer producer, long nowMillis) {
    int offset = changes.bytes().writerIndex();
    EventRecord.write(event, nowMillis, changes.bytes());
    changes.add(
        new Commit.Change.Event(
            log.key(),
            log.epoch(),
            log.appendedSequence(),
            offset,
            changes.bytes().writerIndex() - offset,
            event.type().eventClass() == EventClass.LIFECYCLE,
            producer,
            event.producerSequence(),
            EventRecord.seals(changes.bytes(), offset),
            EventRecord.keeps(changes.bytes(), offset)));
  }

  private void note(TopicLog log, Producer producer, long producerSequence) {
    changes.add(new Commit.Change.Noted(log.key(), log.epoch(), producer, producerSequence));
  }

  /// Adds who may read.
  void add(TopicLog log, Readers readers, @Nullable Producer producer, long producerSequence) {
    TopicKey key = log.key();
    changes.add(new Commit.Change.Declared(key, log.epoch(), readers));
    if (producer != null) {
      note(log, producer, producerSequence);
    }
  }

  /// Hands it over, an empty one too: its batches are answered behind those before.
  void handOver(DiskTopics to) {
    touched.forEach(log -> until.put(log, log.appendedSequence()));
    to.commit(changes);
  }

  private void committed() {
    long millis = clock.millis();
    until.forEach(
        (log, sequence) -> {
          log.publish(sequence, millis);
          log.announce(nanos);
        });
    batches.forEach(each -> shard.done(each.batch(), each.origin()));
  }
}
