package io.pushrod.server.storage.disk;

import io.pushrod.server.log.Retention;
import java.util.Arrays;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// Walks over all topics, a slice at a time, and names those that have something too old, or
/// nothing any more: also such that nobody has touched since the start.
///
/// **Thread:** one.
final class Janitor {
  /// Topics of one slice: a few milliseconds, or some more with a cold disk.
  private static final int SLICE = 1_000;

  private final Database database;
  private final Retention retention;
  private byte @Nullable [] next;

  Janitor(Database database, Retention retention) {
    this.database = database;
    this.retention = retention;
  }

  /// Looks at the next slice.
  void walk(long nowMillis, Consumer<Work.Inspect> found) throws RocksDBException {
    byte[] from = next;
    try (RocksIterator topics = database.rocks().newIterator(database.family(Family.TOPICS));
        RocksIterator events = database.rocks().newIterator(database.family(Family.EVENTS))) {
      if (from == null) {
        topics.seekToFirst();
      } else {
        topics.seek(from);
      }
      for (int i = 0; i < SLICE && topics.isValid(); i++, topics.next()) {
        if (isDue(TopicRow.decode(topics.value()), events, nowMillis)) {
          found.accept(new Work.Inspect(Keys.topic(topics.key())));
        }
      }
      topics.status();
      next = topics.isValid() ? Arrays.copyOf(topics.key(), topics.key().length) : null;
    }
  }

  private boolean isDue(TopicRow row, RocksIterator events, long nowMillis)
      throws RocksDBException {
    events.seek(Keys.event(row.id(), row.first()));
    events.status();
    boolean isEmpty = !TopicStates.isOf(events, row.id());
    return isEmpty
        ? Trimming.isForgettable(true, row.readers(), row.quietMillis(), nowMillis)
        : nowMillis - retention.ageMillis() > EventValue.brief(events).appendedMillis();
  }
}
