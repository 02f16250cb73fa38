package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.Set;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// Where the producers of topics are, so that a retry is known after a restart.
///
/// **Thread:** the one that writes.
final class Producers {
  private final Database database;
  private final int limit;

  /// Those that the batch under way has to write.
  private final Set<Producing> noted = new LinkedHashSet<>();

  private long use;

  /// @param limit the most that are remembered of a topic; the one unused longest goes first
  /// @param use is above that of all that were stored before
  Producers(Database database, int limit, long use) {
    this.database = database;
    this.limit = limit;
    this.use = use;
  }

  void begin() {
    noted.clear();
  }

  /// Notes where a producer is; written by [#end], once for all that a batch has of it.
  void note(TopicState state, String id, long epoch, long lastSequence, WriteBatch batch)
      throws RocksDBException {
    Producing known = state.producers.get(id);
    if (known == null) {
      if (state.producers.size() >= limit) {
        Iterator<Producing> unused = state.producers.values().iterator();
        Producing oldest = unused.next();
        batch.delete(database.family(Family.PRODUCERS), Keys.producer(state.id, oldest.id));
        noted.remove(oldest);
        unused.remove();
      }
      known = new Producing(state.id, id);
      state.producers.put(id, known);
    }
    known.epoch = epoch;
    known.lastSequence = lastSequence;
    known.use = ++use;
    noted.add(known);
  }

  /// What was noted of a topic that is erased goes with it.
  void forget(TopicState state) {
    noted.removeAll(state.producers.values());
  }

  void end(WriteBatch batch) throws RocksDBException {
    for (Producing each : noted) {
      batch.put(
          database.family(Family.PRODUCERS), Keys.producer(each.topic, each.id), encode(each));
    }
    noted.clear();
  }

  private static byte[] encode(Producing producing) {
    byte[] value = new byte[24];
    Keys.put(value, 0, producing.epoch);
    Keys.put(value, 8, producing.lastSequence);
    Keys.put(value, 16, producing.use);
    return value;
  }

  static Producing decode(byte[] key, byte[] value) {
    Producing producing =
        new Producing(Keys.number(key, 0), new String(key, 8, key.length - 8, UTF_8));
    producing.epoch = Keys.number(value, 0);
    producing.lastSequence = Keys.number(value, 8);
    producing.use = Keys.number(value, 16);
    return producing;
  }

  /// Where a producer of a topic is.
  static final class Producing {
    final long topic;
    final String id;
    long epoch;
    long lastSequence;
    long use;

    Producing(long topic, String id) {
      this.topic = topic;
      this.id = id;
    }
  }
}
