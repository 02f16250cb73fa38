package io.pushrod.server.storage.disk;

import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// Deletes what is stored under rows of keys: a few one by one, many as one range, as each range
/// costs those who read after it a little until it is compacted.
///
/// **Thread:** the one that writes.
final class Erasing {
  private static final int FEW = 16;

  private static final Family[] BY_NUMBER = {Family.EVENTS, Family.SHELF, Family.PRODUCERS};

  private final Database database;
  private final TopicCount count;

  Erasing(Database database, TopicCount count) {
    this.database = database;
    this.count = count;
  }

  /// Deletes all of a topic.
  void erase(TopicState state, WriteBatch batch) throws RocksDBException {
    batch.delete(database.family(Family.TOPICS), state.rowKey);
    count.change(-1);
    for (Family family : BY_NUMBER) {
      erase(family, Keys.first(state.id), Keys.end(state.id), batch);
    }
  }

  /// @param end the first key that stays
  void erase(Family family, byte[] first, byte[] end, WriteBatch batch) throws RocksDBException {
    byte[][] found = new byte[FEW][];
    int count = 0;
    try (RocksIterator at = database.rocks().newIterator(database.family(family))) {
      for (at.seek(first); at.isValid(); at.next()) {
        byte[] key = at.key();
        if (java.util.Arrays.compareUnsigned(key, end) >= 0) {
          break;
        }
        if (count == FEW) {
          batch.deleteRange(database.family(family), first, end);
          return;
        }
        found[count++] = key;
      }
      at.status();
    }
    for (int i = 0; i < count; i++) {
      batch.delete(database.family(family), found[i]);
    }
  }
}
