package io.pushrod.server.storage.disk;

import io.netty.buffer.Unpooled;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.Retention;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.RecordPage.Shelved;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// Drops what retention no longer keeps.
///
/// **Thread:** the one that writes.
/* A topic may exceed a bound by an eighth before it is trimmed to the bound, so that it is trimmed once for many events.
 * Where to is found by positions and times of events, of which both rise: a binary search, some twenty look-ups.
 *
 * The keys of lifecycle events stand on the shelf from the beginning, without a value: what is trimmed need not be read
 * to find them. They get their record when their event goes, and the oldest go when all take more than
 * `lifecycleBytes`. */
final class Trimming {
  /// How long a topic of which nothing is left keeps its epoch.
  static final long GRACE_MILLIS = 60_000;

  private final Database database;
  private final TopicStates states;
  private final Erasing erasing;
  private final Retention retention;

  Trimming(Database database, TopicStates states, Erasing erasing, Retention retention) {
    this.database = database;
    this.states = states;
    this.erasing = erasing;
    this.retention = retention;
  }

  /// Whether a topic that got events exceeds a bound by enough.
  boolean isDue(TopicState state, long nowMillis) {
    return state.last - state.first + 1 > withSlack(retention.events())
        || state.endPosition - state.firstPosition > withSlack(retention.bytes())
        || nowMillis - withSlack(retention.ageMillis()) > state.firstMillis;
  }

  private static long withSlack(long bound) {
    return bound + bound / 8;
  }

  /// Whether nothing is left of a topic, for a while, and nobody is declared to read it.
  static boolean isForgettable(
      boolean isEmpty, @Nullable Readers readers, long quietMillis, long nowMillis) {
    return isEmpty
        && (readers == null || !readers.declared())
        && nowMillis - quietMillis >= GRACE_MILLIS;
  }

  /// Trims a topic to its bounds.
  ///
  /// @return null when it is within them
  @Nullable RecordPage trim(TopicState state, long nowMillis, WriteBatch batch)
      throws RocksDBException {
    try (RocksIterator events = database.rocks().newIterator(database.family(Family.EVENTS))) {
      long first = firstKept(state, events, nowMillis);
      if (first <= state.first) {
        return null;
      }
      List<Shelved> shelved = shelve(state, first, batch);
      erasing.erase(Family.EVENTS, Keys.event(state.id, 0), Keys.event(state.id, first), batch);
      state.first = first;
      if (state.isEmpty()) {
        state.quietMillis = nowMillis;
      }
      states.seekFirst(state, events);
      batch.put(database.family(Family.TOPICS), state.rowKey, state.row().encode());
      return new RecordPage.Builder(first).build(first, shelved);
    }
  }

  private long firstKept(TopicState state, RocksIterator events, long nowMillis)
      throws RocksDBException {
    long byCount = state.last - retention.events() + 1;
    long first = Math.max(state.first, byCount);
    if (state.endPosition - state.firstPosition > retention.bytes()) {
      long position = state.endPosition - retention.bytes();
      first = search(state, first, position, EventValue.Brief::position, events);
    }
    long oldest = nowMillis - retention.ageMillis();
    if (state.firstMillis < oldest) {
      first = search(state, first, oldest, EventValue.Brief::appendedMillis, events);
    }
    return first;
  }

  /// The first event from `first` on of which `of` is at least `bound`; behind the last if there is
  /// none.
  private static long search(
      TopicState state,
      long first,
      long bound,
      ToLongFunction<EventValue.Brief> of,
      RocksIterator events)
      throws RocksDBException {
    long low = first;
    long high = state.last + 1;
    while (low < high) {
      long middle = (low + high) >>> 1;
      events.seek(Keys.event(state.id, middle));
      events.status();
      if (!TopicStates.isOf(events, state.id)
          || of.applyAsLong(EventValue.brief(events)) >= bound) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /// Gives the shelf the lifecycle events before `first`.
  ///
  /// @return all that are there then
  private List<Shelved> shelve(TopicState state, long first, WriteBatch batch)
      throws RocksDBException {
    ColumnFamilyHandle shelf = database.family(Family.SHELF);
    List<Shelved> all = new ArrayList<>();
    long bytes = 0;
    try (RocksIterator at = database.rocks().newIterator(shelf)) {
      at.seekForPrev(Keys.event(state.id, first - 1));
      for (; TopicStates.isOf(at, state.id); at.prev()) {
        byte[] key = at.key();
        byte[] record = at.value();
        boolean isNew = record.length == 0;
        if (isNew) {
          record = record(key);
        }
        if (record.length > retention.lifecycleBytes()) {
          batch.delete(shelf, key); // no reason to give up those before it
          continue;
        }
        bytes += record.length;
        if (bytes > retention.lifecycleBytes()) {
          break;
        }
        if (isNew) {
          batch.put(shelf, key, record);
        }
        all.addFirst(new Shelved(Keys.number(key, 8), Unpooled.wrappedBuffer(record)));
      }
      at.status();
    }
    long oldest = all.isEmpty() ? first : all.getFirst().sequence();
    erasing.erase(Family.SHELF, Keys.first(state.id), Keys.event(state.id, oldest), batch);
    return all;
  }

  private byte[] record(byte[] key) throws RocksDBException {
    byte[] value =
        Objects.requireNonNull(database.rocks().get(database.family(Family.EVENTS), key));
    return java.util.Arrays.copyOfRange(value, EventValue.HEAD_BYTES, value.length);
  }
}
