package io.pushrod.server.storage.disk;

import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.WriteBatch;

/// How many topics are stored: a record that is written with what changes it.
///
/// **Thread:** the one that writes; [#stored] any.
final class TopicCount {
  static final byte[] KEY = {'c'};
  private static final long UNKNOWN = -1;

  private final Database database;

  /// With the changes of the batch that is put together; [#UNKNOWN] until it is read.
  private long count = UNKNOWN;

  private boolean isChanged;
  private volatile long stored;

  private TopicCount(Database database) {
    this.database = database;
  }

  /// Reads it; where an older server wrote none, counts once.
  static TopicCount of(Database database) throws RocksDBException {
    TopicCount count = new TopicCount(database);
    count.count = count.read();
    if (count.count == UNKNOWN) {
      count.count = 0;
      try (RocksIterator at = database.rocks().newIterator(database.family(Family.TOPICS))) {
        for (at.seekToFirst(); at.isValid(); at.next()) {
          count.count++;
        }
        at.status();
      }
      count.isChanged = true;
    }
    count.stored = count.count;
    return count;
  }

  private long read() throws RocksDBException {
    byte[] known = database.rocks().get(database.family(Family.DEFAULT), KEY);
    return known == null ? UNKNOWN : Keys.number(known, 0);
  }

  /// Topics stored, those of the last batch among them.
  long stored() {
    return stored;
  }

  /// Forgets what may not have been written.
  void clear() {
    count = UNKNOWN;
    isChanged = false;
  }

  void change(int by) throws RocksDBException {
    if (count == UNKNOWN) {
      long known = read();
      count = known == UNKNOWN ? stored : known;
    }
    count += by;
    isChanged = true;
  }

  /// Completes a batch.
  void end(WriteBatch batch) throws RocksDBException {
    if (isChanged) {
      batch.put(database.family(Family.DEFAULT), KEY, Keys.number(count));
    }
  }

  /// The batch is stored.
  void onStored() {
    if (isChanged) {
      isChanged = false;
      stored = count;
    }
  }
}
