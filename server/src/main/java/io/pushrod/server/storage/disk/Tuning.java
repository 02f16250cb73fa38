package io.pushrod.server.storage.disk;

import java.util.ArrayList;
import java.util.List;
import org.rocksdb.AbstractNativeReference;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.Cache;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.WALRecoveryMode;
import org.rocksdb.WriteBufferManager;
import org.rocksdb.WriteOptions;

/// The options that RocksDB is run with, and the native memory behind them.
///
/// **Thread:** the one that opens and closes the database.
/* Memory: blocks, their indexes and filters, and what is not flushed yet are charged to one cache of `cacheBytes`. Of it
 * writes take a quarter; a commit that is being written comes on top. Disk beside what is stored: the log of writes, at
 * most WAL_BYTES and one commit, since families that hold an old part of it are flushed then; and for a compaction as
 * much as its input.
 *
 * Records are JSON: LZ4 costs next to nothing where they are rewritten often, Zstandard takes the last level, where nine
 * tenths lie. Blocks of events are 16 KiB, so that paging through a cold topic reads few of them; a record that is larger
 * has a block of its own. */
final class Tuning implements AutoCloseable {
  static final long WAL_BYTES = 128L << 20;
  private static final long WRITE_BUFFER_BYTES = 16L << 20;
  private static final long EVENT_BLOCK_BYTES = 16 * 1024;
  private static final int BACKGROUND_JOBS = 2;
  private static final int ZSTD_LEVEL = 1;
  private static final long SYNC_BYTES = 1L << 20;

  private final List<AbstractNativeReference> natives = new ArrayList<>();
  private final DiskSettings settings;
  private final Cache cache;

  Tuning(DiskSettings settings) {
    this.settings = settings;
    this.cache = keep(new LRUCache(settings.cacheBytes()));
  }

  private <T extends AbstractNativeReference> T keep(T reference) {
    natives.add(reference);
    return reference;
  }

  DBOptions database() {
    WriteBufferManager buffers =
        keep(new WriteBufferManager(settings.cacheBytes() / 4, cache, false));
    return keep(new DBOptions())
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setWriteBufferManager(buffers)
        .setMaxTotalWalSize(WAL_BYTES)
        .setMaxOpenFiles(settings.openFiles())
        .setMaxBackgroundJobs(BACKGROUND_JOBS)
        .setBytesPerSync(SYNC_BYTES)
        .setSkipStatsUpdateOnDbOpen(true)
        .setSkipCheckingSstFileSizesOnDbOpen(false)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setMaxLogFileSize(1L << 20)
        .setKeepLogFileNum(4)
        .setStatsDumpPeriodSec(0);
  }

  /// How the log of writes is read.
  ///
  /// @param cut whether it ends where it is damaged; refused else, but for its tail
  /// @param flushes whether what was in it is in other files then, which are synced
  static void recover(DBOptions options, boolean cut, boolean flushes) {
    var _ =
        options
            .setWalRecoveryMode(
                cut
                    ? WALRecoveryMode.PointInTimeRecovery
                    : WALRecoveryMode.TolerateCorruptedTailRecords)
            .setAvoidFlushDuringRecovery(!flushes);
  }

  List<ColumnFamilyDescriptor> families() {
    List<ColumnFamilyDescriptor> all = new ArrayList<>();
    for (Family family : Family.values()) {
      all.add(new ColumnFamilyDescriptor(family.bytes(), options(family)));
    }
    return all;
  }

  private ColumnFamilyOptions options(Family family) {
    BlockBasedTableConfig table =
        new BlockBasedTableConfig()
            .setBlockCache(cache)
            .setCacheIndexAndFilterBlocks(true)
            .setPinL0FilterAndIndexBlocksInCache(true)
            .setFormatVersion(5);
    if (family == Family.EVENTS) {
      table.setBlockSize(EVENT_BLOCK_BYTES);
    } else {
      table.setFilterPolicy(keep(new BloomFilter(10)));
    }
    return keep(new ColumnFamilyOptions())
        .setTableFormatConfig(table)
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
        .setLevelCompactionDynamicLevelBytes(true)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION)
        .setBottommostCompressionOptions(
            keep(new CompressionOptions()).setEnabled(true).setLevel(ZSTD_LEVEL));
  }

  WriteOptions writes(boolean synced) {
    return keep(new WriteOptions()).setSync(synced);
  }

  @Override
  public void close() {
    for (int i = natives.size() - 1; i >= 0; i--) {
      natives.get(i).close();
    }
  }
}
