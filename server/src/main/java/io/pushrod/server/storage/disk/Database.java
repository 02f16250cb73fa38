package io.pushrod.server.storage.disk;

import java.io.IOException;
import java.nio.file.Path;
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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open database of a folder, which may be opened again while others read from it.
///
/// **Thread:** [#write], [#reopen] and [#close] on the one that writes; [#read] on any.
final class Database implements AutoCloseable {
  /// Reads with the database, which stays open meanwhile.
  interface Reading<T> {
    T read(Database database) throws RocksDBException;
  }

  private static final Logger log = LoggerFactory.getLogger(Database.class);

  private final DiskSettings settings;
  private final Tuning tuning;
  private final DBOptions options;
  private final List<ColumnFamilyDescriptor> families;
  private final WriteOptions synced;
  private final WriteOptions written;
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final List<ColumnFamilyHandle> handles = new ArrayList<>();
  private final Incarnation before;
  private final Incarnation incarnation;
  private @Nullable RocksDB db;

  /// @param before how the folder was left
  private Database(DiskSettings settings, Incarnation before, String bootNow) {
    this.settings = settings;
    this.before = before;
    this.incarnation = before.next(bootNow, settings.synced());
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
    Path folder = settings.folder();
    Format.check(folder);
    Incarnation before = Incarnation.read(folder, settings.synced());
    RocksDB.loadLibrary();
    Database database = new Database(settings, before, Incarnation.bootNow());
    try {
      database.openFirst();
      return database;
    } catch (RocksDBException e) {
      database.abandon();
      throw new DiskException("storage.disk.path: %s: %s".formatted(folder, reason(e)));
    } catch (IOException e) {
      database.abandon();
      throw new DiskException(
          "storage.disk.path: %s: %s (expected: a folder that may be written)"
              .formatted(folder, Format.reason(e)));
    }
  }

  /// The file of the incarnation is written last: only who has the folder may.
  private void openFirst() throws RocksDBException, IOException {
    boolean isShort = before.id() != incarnation.id() && !before.isCopy();
    Tuning.recover(options, settings.cut() || isShort, before.isUnsynced());
    openForWriting();
    Tuning.recover(options, settings.cut(), false);
    incarnation.write(settings.folder());
  }

  private void abandon() {
    closeFamilies();
    tuning.close();
  }

  /// The one that its topics' epochs are of.
  Incarnation incarnation() {
    return incarnation;
  }

  /// How the folder was left before it was opened.
  Incarnation before() {
    return before;
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
      boolean isWhole = sync();
      closeFamilies();
      tuning.close();
      if (isWhole) {
        incarnation.in(Incarnation.State.CLOSED).write(settings.folder());
      }
    } catch (IOException e) {
      log.warn("Disk: its end is not noted: {}", Format.reason(e));
    } finally {
      lock.writeLock().unlock();
    }
  }

  /// @return whether all that was written is on the disk
  private boolean sync() {
    try {
      rocks().syncWal();
      return true;
    } catch (RocksDBException e) {
      log.warn("Disk: closed without a sync: {}", e.getMessage());
      return false;
    }
  }
}
