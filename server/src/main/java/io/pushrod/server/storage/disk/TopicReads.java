package io.pushrod.server.storage.disk;

import io.netty.buffer.Unpooled;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.RecordPage.Shelved;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.StoredTopic.KnownProducer;
import io.pushrod.server.storage.TopicStore.Answer;
import io.pushrod.server.storage.TopicStore.Opened;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;
import org.rocksdb.Snapshot;

/// Reads topics as they were at one moment.
///
/// **Thread:** any, within [Database#read].
final class TopicReads {
  private static final long READ_AHEAD_BYTES = 256 * 1024;

  private TopicReads() {}

  static Opened open(Database database, TopicKey key, int tailBytes) throws RocksDBException {
    Snapshot snapshot = database.rocks().getSnapshot();
    try (ReadOptions options = new ReadOptions().setSnapshot(snapshot)) {
      TopicRow stored = row(database, key, options);
      if (stored == null) {
        return new Opened.None();
      }
      List<byte[]> newest = new ArrayList<>();
      long last = newest(database, stored, tailBytes, options, newest);
      TopicRow row = stored.in(database.incarnation(), last);
      RecordPage.Builder tail = new RecordPage.Builder(last - newest.size() + 1);
      newest.reversed().forEach(value -> add(value, tail));
      return new Opened.Found(
          new StoredTopic(
              row.epoch(),
              row.first(),
              last,
              row.sealed(),
              row.kept(),
              row.readers(),
              producers(database, row.id(), options),
              tail.build(row.first(), shelved(database, row, options)),
              row.former()));
    } finally {
      database.rocks().releaseSnapshot(snapshot);
    }
  }

  static Answer read(Database database, TopicKey key, long from, int maxBytes)
      throws RocksDBException {
    Snapshot snapshot = database.rocks().getSnapshot();
    try (ReadOptions options =
        new ReadOptions()
            .setSnapshot(snapshot)
            .setFillCache(false)
            .setReadaheadSize(READ_AHEAD_BYTES)) {
      TopicRow row = row(database, key, options);
      if (row == null) {
        return new Answer.Read(RecordPage.empty(Long.MAX_VALUE));
      }
      long sequence = Math.max(from, row.first());
      RecordPage.Builder page = new RecordPage.Builder(sequence);
      try (RocksIterator events =
          database.rocks().newIterator(database.family(Family.EVENTS), options)) {
        events.seek(Keys.event(row.id(), sequence));
        while (page.byteCount() < maxBytes
            && TopicStates.isOf(events, row.id())
            && Keys.number(events.key(), 8) == sequence) {
          add(events.value(), page);
          sequence++;
          events.next();
        }
        events.status();
      }
      return new Answer.Read(page.build(row.first(), shelved(database, row, options)));
    } finally {
      database.rocks().releaseSnapshot(snapshot);
    }
  }

  private static @Nullable TopicRow row(Database database, TopicKey key, ReadOptions options)
      throws RocksDBException {
    byte[] stored = database.rocks().get(database.family(Family.TOPICS), options, Keys.topic(key));
    return stored == null ? null : TopicRow.decode(stored);
  }

  private static void add(byte[] value, RecordPage.Builder page) {
    page.out().writeBytes(value, EventValue.HEAD_BYTES, value.length - EventValue.HEAD_BYTES);
    page.add();
  }

  /// Reads the newest events, the last one first.
  ///
  /// @return the last sequence
  private static long newest(
      Database database, TopicRow row, int tailBytes, ReadOptions options, List<byte[]> newest)
      throws RocksDBException {
    long last = row.first() - 1;
    try (RocksIterator events =
        database.rocks().newIterator(database.family(Family.EVENTS), options)) {
      events.seekForPrev(Keys.event(row.id(), Long.MAX_VALUE));
      if (TopicStates.isOf(events, row.id())) {
        last = Math.max(last, Keys.number(events.key(), 8));
      }
      long bytes = 0;
      for (; bytes < tailBytes && TopicStates.isOf(events, row.id()); events.prev()) {
        if (Keys.number(events.key(), 8) < row.first()) {
          break;
        }
        byte[] value = events.value();
        newest.add(value);
        bytes += value.length;
      }
      events.status();
    }
    return last;
  }

  private static List<KnownProducer> producers(Database database, long id, ReadOptions options)
      throws RocksDBException {
    record Used(KnownProducer producer, long use) {}
    List<Used> all = new ArrayList<>();
    try (RocksIterator stored =
        database.rocks().newIterator(database.family(Family.PRODUCERS), options)) {
      for (stored.seek(Keys.first(id)); TopicStates.isOf(stored, id); stored.next()) {
        Producers.Producing at = Producers.decode(stored.key(), stored.value());
        all.add(new Used(new KnownProducer(at.id, at.epoch, at.lastSequence), at.use));
      }
      stored.status();
    }
    all.sort(Comparator.comparingLong(Used::use));
    return all.stream().map(Used::producer).toList();
  }

  private static List<Shelved> shelved(Database database, TopicRow row, ReadOptions options)
      throws RocksDBException {
    List<Shelved> all = new ArrayList<>();
    if (row.first() == 1) {
      return all;
    }
    try (RocksIterator shelf =
        database.rocks().newIterator(database.family(Family.SHELF), options)) {
      for (shelf.seek(Keys.first(row.id())); TopicStates.isOf(shelf, row.id()); shelf.next()) {
        long sequence = Keys.number(shelf.key(), 8);
        if (sequence >= row.first()) {
          break;
        }
        all.add(new Shelved(sequence, Unpooled.wrappedBuffer(shelf.value())));
      }
      shelf.status();
    }
    return all;
  }
}
