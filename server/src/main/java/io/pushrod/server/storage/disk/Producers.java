package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.pushrod.server.storage.disk.TopicState.Producing;
import java.util.Iterator;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// Where the producers of topics are, so that a retry is known after a restart.
///
/// **Thread:** the one that writes.
final class Producers {
  private final Database database;
  private final int limit;
  private long use;

  /// @param limit the most that are remembered of a topic; the one unused longest goes first
  /// @param use is above that of all that were stored before
  Producers(Database database, int limit, long use) {
    this.database = database;
    this.limit = limit;
    this.use = use;
  }

  void note(TopicState state, String id, long epoch, long lastSequence, WriteBatch batch)
      throws RocksDBException {
    Producing known = state.producers.get(id);
    if (known == null && state.producers.size() >= limit) {
      Iterator<String> unused = state.producers.keySet().iterator();
      batch.delete(database.family(Family.PRODUCERS), Keys.producer(state.id, unused.next()));
      unused.remove();
    }
    Producing now = new Producing(epoch, lastSequence, ++use);
    state.producers.put(id, now);
    batch.put(database.family(Family.PRODUCERS), Keys.producer(state.id, id), encode(now));
  }

  private static byte[] encode(Producing producing) {
    byte[] value = new byte[24];
    Keys.put(value, 0, producing.epoch());
    Keys.put(value, 8, producing.lastSequence());
    Keys.put(value, 16, producing.use());
    return value;
  }

  static Producing decode(byte[] value) {
    return new Producing(Keys.number(value, 0), Keys.number(value, 8), Keys.number(value, 16));
  }

  static String id(byte[] key) {
    return new String(key, 8, key.length - 8, UTF_8);
  }
}
