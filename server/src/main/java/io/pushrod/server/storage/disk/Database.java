package io.pushrod.server.storage.disk;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;
import org.rocksdb.WriteBatch;
import org.rocksdb.WriteOptions;

/// The open database of a folder, which may be opened again while others read from it.
///
/// **Thread:** [#write], [#reopen] and [#close] on the one that writes; [#read] on any.
final class Database implements AutoCloseable {
  /// Reads with the database, which stays open meanwhile.
  interface Reading<T> {
    T read(Database database) throws RocksDBException;
  }

  private final DiskSettings settings;
  private final Tuning tuning;
  private final DBOptions options;
  private final List<ColumnFamilyDescriptor> families;
  private final WriteOptions synced;
  private final WriteOptions written;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final List<ColumnFamilyHandle> handles = new ArrayList<>();
  private @Nullable RocksDB db;

  private Database(DiskSettings settings) {
    this.settings = settings;
    this.tuning = new Tuning(settings);
    this.options = tuning.database();
    this.families = tuning.families();
    this.synced = tuning.writes(true);
    this.written = tuning.writes(false);
  }

  /// Opens a folder, or makes one.
  ///
  /// @throws DiskException when it cannot be used
  static Database open(DiskSettings settings) {
    Format.check(settings.folder());
    RocksDB.loadLibrary();
    Database database = new Database(settings);
    try {
      database.openForWriting();
      return database;
    } catch (RocksDBException e) {
      database.tuning.close();
      throw new DiskException("storage.disk.path: %s: %s".formatted(settings.folder(), reason(e)));
    }
  }

  private void openForWriting() throws RocksDBException {
    db = RocksDB.open(options, settings.folder().toString(), families, handles);
  }

  private static String reason(RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    String lower = message.toLowerCase(Locale.ROOT);
    if (lower.contains("lock")
        && (lower.contains("temporarily unavailable") || lower.contains("no locks available"))) {
      return "another process uses it (expected: a folder for this server alone)";
    }
    if (lower.contains("read-only file system") || lower.contains("permission denied")) {
      return "cannot be written: " + message + " (expected: a folder that may be written)";
    }
    if (isFull(e)) {
      return "the disk is full: " + message + " (expected: some space to start)";
    }
    Status status = e.getStatus();
    if (status != null && status.getCode() == Status.Code.Corruption) {
      return "damaged: "
          + message
          + " (expected: whole files; restore a backup, or see storage.disk.damaged)";
    }
    return message;
  }

  static boolean isFull(RocksDBException e) {
    Status status = e.getStatus();
    return (status != null && status.getSubCode() == Status.SubCode.NoSpace)
        || String.valueOf(e.getMessage()).contains("No space left");
  }

  /// Closes and opens it, as RocksDB takes nothing more after some failures. Where that fails it is
  /// open for reading, if that goes.
  ///
  /// @throws RocksDBException when nothing can be written after
  void reopen() throws RocksDBException {
    lock.writeLock().lock();
    try {
      closeFamilies();
      try {
        openForWriting();
      } catch (RocksDBException e) {
        handles.clear();
        db = RocksDB.openReadOnly(options, settings.folder().toString(), families, handles);
        throw e;
      }
    } finally {
      lock.writeLock().unlock();
    }
  }

  /// Writes all of a batch or nothing.
  void write(WriteBatch batch, boolean isSynced) throws RocksDBException {
    rocks().write(isSynced ? synced : written, batch);
  }

  /// @throws RocksDBException when it cannot be read, also since it is closed
  <T> T read(Reading<T> reading) throws RocksDBException {
    lock.readLock().lock();
    try {
      return reading.read(this);
    } finally {
      lock.readLock().unlock();
    }
  }

  RocksDB rocks() throws RocksDBException {
    RocksDB open = db;
    if (open == null) {
      throw new RocksDBException("closed");
    }
    return open;
  }

  /// **Thread:** that of [#write], or within [#read].
  ColumnFamilyHandle family(Family family) {
    return handles.get(family.ordinal());
  }

  private void closeFamilies() {
    handles.forEach(ColumnFamilyHandle::close);
    handles.clear();
    RocksDB open = db;
    db = null;
    if (open != null) {
      open.close();
    }
  }

  @Override
  public void close() {
    lock.writeLock().lock();
    try {
      closeFamilies();
      tuning.close();
    } finally {
      lock.writeLock().unlock();
    }
  }
}
