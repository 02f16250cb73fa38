package io.pushrod.server.storage.disk;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.disk.Producers.Producing;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// The topics that were written to lately; others are read from the database.
///
/// **Thread:** the one that writes.
final class TopicStates {
  /// About half a kilobyte each.
  private static final int MAX_STATES = 20_000;

  /// Numbers of topics that are taken at a time; those that are left at the end are skipped.
  private static final long NUMBERS = 1024;

  private static final byte[] NEXT = {'n'};

  private final Database database;
  private final TopicCount count;
  private final LinkedHashMap<TopicKey, TopicState> states = new LinkedHashMap<>(1024, 0.75f, true);
  private long nextNumber;
  private long numbersEnd;

  TopicStates(Database database, TopicCount count) {
    this.database = database;
    this.count = count;
  }

  /// Makes room, which only goes between batches: what a batch adds is not in the database yet.
  void begin() {
    Iterator<TopicState> eldest = states.values().iterator();
    for (int surplus = states.size() - MAX_STATES; surplus > 0; surplus--) {
      eldest.next();
      eldest.remove();
    }
  }

  /// Forgets what may not have been written.
  void clear() {
    states.clear();
    nextNumber = 0;
    numbersEnd = 0;
  }

  void forget(TopicKey key) {
    states.remove(key);
  }

  /// @return null when nothing is stored of it
  @Nullable TopicState find(TopicKey key) throws RocksDBException {
    TopicState known = states.get(key);
    if (known != null) {
      return known;
    }
    TopicState loaded = load(key);
    if (loaded != null) {
      states.put(key, loaded);
    }
    return loaded;
  }

  /// A topic that begins with the next event.
  ///
  /// @param batch takes the numbers that are used up by it
  TopicState begin(TopicKey key, long epoch, long nowMillis, WriteBatch batch)
      throws RocksDBException {
    TopicState state = new TopicState(key, number(batch), epoch, database.incarnation().id(), null);
    count.change(1);
    state.first = 1;
    state.quietMillis = nowMillis;
    states.put(key, state);
    return state;
  }

  private long number(WriteBatch batch) throws RocksDBException {
    if (nextNumber == numbersEnd) {
      byte[] stored = database.rocks().get(database.family(Family.DEFAULT), NEXT);
      nextNumber = stored == null ? 1 : Keys.number(stored, 0);
      numbersEnd = nextNumber + NUMBERS;
      batch.put(database.family(Family.DEFAULT), NEXT, Keys.number(numbersEnd));
    }
    return nextNumber++;
  }

  private @Nullable TopicState load(TopicKey key) throws RocksDBException {
    byte[] stored = database.rocks().get(database.family(Family.TOPICS), Keys.topic(key));
    if (stored == null) {
      return null;
    }
    TopicRow row = TopicRow.decode(stored);
    try (RocksIterator events = database.rocks().newIterator(database.family(Family.EVENTS))) {
      events.seekForPrev(Keys.event(row.id(), Long.MAX_VALUE));
      boolean isEmpty = !isOf(events, row.id());
      events.status();
      long last = row.first() - 1;
      long endPosition = 0;
      if (!isEmpty) {
        last = Math.max(last, Keys.number(events.key(), 8));
        endPosition = EventValue.brief(events).endPosition();
      }
      TopicState state = state(key, row.in(database.incarnation(), last), last);
      state.isRenewed = row.incarnation() != state.incarnation;
      state.endPosition = endPosition;
      seekFirst(state, events);
      loadProducers(state);
      return state;
    }
  }

  private static TopicState state(TopicKey key, TopicRow row, long last) {
    TopicState state = new TopicState(key, row.id(), row.epoch(), row.incarnation(), row.former());
    state.first = row.first();
    state.last = last;
    state.sealed = row.sealed();
    state.kept = row.kept();
    state.quietMillis = row.quietMillis();
    state.readers = row.readers();
    return state;
  }

  /// Reads again what is known of the first event.
  void seekFirst(TopicState state, RocksIterator events) throws RocksDBException {
    events.seek(Keys.event(state.id, state.first));
    if (isOf(events, state.id)) {
      EventValue.Brief first = EventValue.brief(events);
      state.firstPosition = first.position();
      state.firstMillis = first.appendedMillis();
    } else {
      state.firstPosition = state.endPosition;
      state.firstMillis = Long.MAX_VALUE;
    }
    events.status();
  }

  private void loadProducers(TopicState state) throws RocksDBException {
    TreeMap<Long, Producing> byUse = new TreeMap<>();
    try (RocksIterator stored = database.rocks().newIterator(database.family(Family.PRODUCERS))) {
      for (stored.seek(Keys.first(state.id)); isOf(stored, state.id); stored.next()) {
        Producing producing = Producers.decode(stored.key(), stored.value());
        byUse.put(producing.use, producing);
      }
      stored.status();
    }
    byUse.values().forEach(each -> state.producers.put(each.id, each));
  }

  /// Whether an iterator stands on a record of a topic.
  static boolean isOf(RocksIterator at, long id) {
    if (!at.isValid()) {
      return false;
    }
    byte[] head = new byte[8];
    at.key(head);
    return Keys.number(head, 0) == id;
  }
}
