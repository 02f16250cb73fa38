package io.pushrod.server.storage.disk;

import io.pushrod.server.log.EventRecord;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.Commit;
import io.pushrod.server.storage.Commit.Change;
import java.util.LinkedHashSet;
import java.util.Set;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// Puts the changes of commits into a batch.
///
/// What a batch that was tried before has stored is passed over: an event is stored once, under the
/// sequence that its owner gave it.
///
/// **Thread:** the one that writes.
final class Changes {
  private static final byte[] NOTHING = {};

  private final Database database;
  private final TopicStates states;
  private final Producers producers;
  private final Erasing erasing;

  /// Rows that have to be written again, and topics to be looked at by retention.
  private final Set<TopicState> rows = new LinkedHashSet<>();

  private final Set<TopicState> touched = new LinkedHashSet<>();

  Changes(Database database, TopicStates states, Producers producers, Erasing erasing) {
    this.database = database;
    this.states = states;
    this.producers = producers;
    this.erasing = erasing;
  }

  void begin() {
    states.begin();
    producers.begin();
    rows.clear();
    touched.clear();
  }

  /// Topics that got events.
  Set<TopicState> touched() {
    return touched;
  }

  void add(Commit commit, long nowMillis, WriteBatch batch) throws RocksDBException {
    for (Change change : commit.changes()) {
      TopicState state = state(change.key(), change.epoch(), nowMillis, batch);
      switch (change) {
        case Change.Event event -> add(state, event, commit, batch);
        case Change.Noted(_, _, Producer producer, long sequence) ->
            producers.note(state, producer.id(), producer.epoch(), sequence, batch);
        case Change.Declared declared -> {
          state.readers = declared.readers();
          rows.add(state);
        }
      }
    }
  }

  /// Completes the batch.
  void end(WriteBatch batch) throws RocksDBException {
    producers.end(batch);
    for (TopicState state : rows) {
      batch.put(database.family(Family.TOPICS), state.rowKey, state.row().encode());
    }
  }

  private TopicState state(TopicKey key, long epoch, long nowMillis, WriteBatch batch)
      throws RocksDBException {
    TopicState known = states.find(key);
    if (known != null && known.epoch == epoch) {
      if (known.isRenewed) {
        known.isRenewed = false;
        rows.add(known);
      }
      return known;
    }
    if (known != null) {
      erasing.erase(known, batch);
      producers.forget(known);
      rows.remove(known);
      touched.remove(known);
    }
    TopicState begun = states.begin(key, epoch, nowMillis, batch);
    rows.add(begun);
    return begun;
  }

  private void add(TopicState state, Change.Event event, Commit commit, WriteBatch batch)
      throws RocksDBException {
    Producer producer = event.producer();
    if (producer != null) {
      producers.note(state, producer.id(), producer.epoch(), event.producerSequence(), batch);
    }
    if (event.sequence() <= state.last) {
      return;
    }
    if (state.last == 0 && event.sequence() > 1) {
      state.first = event.sequence(); // retention had left nothing of it, and it was forgotten
      rows.add(state);
    }
    byte[] eventKey = Keys.event(state.id, event.sequence());
    batch.put(
        database.family(Family.EVENTS),
        eventKey,
        EventValue.of(state.endPosition, commit.bytes(), event.offset(), event.length()));
    if (event.lifecycle()) {
      batch.put(database.family(Family.SHELF), eventKey, NOTHING);
    }
    if (state.isEmpty()) {
      state.firstPosition = state.endPosition;
      state.firstMillis = EventRecord.appendedMillis(commit.bytes(), event.offset());
    }
    state.endPosition += event.length();
    state.last = event.sequence();
    if ((event.seals() && !state.sealed) || (event.keeps() && !state.kept)) {
      state.sealed |= event.seals();
      state.kept |= event.keeps();
      rows.add(state);
    }
    touched.add(state);
  }
}
