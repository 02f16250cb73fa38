package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.util.Locale;
import org.rocksdb.RocksDB;

/// A part of the database, see [Keys].
enum Family {
  /// RocksDB's own, where nothing is.
  DEFAULT,
  TOPICS,
  EVENTS,
  SHELF,
  PRODUCERS,
  STATE;

  byte[] bytes() {
    return this == DEFAULT
        ? RocksDB.DEFAULT_COLUMN_FAMILY
        : name().toLowerCase(Locale.ROOT).getBytes(US_ASCII);
  }
}
