package io.pushrod.server.storage.disk;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.Backups;
import io.pushrod.server.storage.Commit;
import io.pushrod.server.storage.DiskTopics;
import io.pushrod.server.storage.StateStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// Topics and small records in one folder.
///
/// **Thread:** any.
public final class DiskStore implements DiskTopics, StateStore {
  private static final long WALK_MILLIS = 1_000;

  /// The janitor names no more topics while as many bytes wait to be written.
  private static final long BUSY_BYTES = 1L << 20;

  private final DiskSettings settings;
  private final Database database;
  private final TopicCount count;
  private final Health health;
  private final Writer writer;
  private final Readings readings;
  private final Janitor janitor;
  private final ShardMetrics janitorMetrics;
  private final LongSupplier millis;
  private final long openedMillis;
  private final ScheduledExecutorService walks =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofPlatform().name("disk-janitor").daemon(true).unstarted(task));
  private boolean closed;

  private DiskStore(
      DiskSettings settings,
      Database database,
      TopicCount count,
      Space space,
      MetricsRegistry metrics,
      LongSupplier millis,
      long openedMillis) {
    this.settings = settings;
    this.database = database;
    this.count = count;
    this.millis = millis;
    this.openedMillis = openedMillis;
    this.health = new Health(space, settings.reserveBytes());
    this.writer = new Writer(settings, database, count, health, metrics.shard(), millis);
    this.readings = new Readings(settings.readers(), settings.queueReads(), metrics::shard);
    this.janitor = new Janitor(database, settings.retention());
    this.janitorMetrics = metrics.shard();
    gauges(metrics);
  }

  /// Opens a folder, or makes one.
  ///
  /// @param millis the time, since 1970
  /// @throws DiskException when it cannot be used
  public static DiskStore open(
      DiskSettings settings, Space space, MetricsRegistry metrics, LongSupplier millis) {
    long began = System.nanoTime();
    Database database = Database.open(settings);
    TopicCount count = count(database, settings);
    long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
    DiskStore store = new DiskStore(settings, database, count, space, metrics, millis, took);
    store.writer.start();
    var _ =
        store.walks.scheduleWithFixedDelay(
            store::walk, WALK_MILLIS, WALK_MILLIS, TimeUnit.MILLISECONDS);
    return store;
  }

  private static TopicCount count(Database database, DiskSettings settings) {
    try {
      return TopicCount.of(database);
    } catch (RocksDBException e) {
      database.close();
      throw new DiskException(
          "storage.disk.path: %s: %s (expected: topics that can be counted)"
              .formatted(settings.folder(), e.getMessage()));
    }
  }

  private void gauges(MetricsRegistry metrics) {
    metrics.gauge(
        "pushrod_disk_bytes",
        "What topics take on the disk, its log of writes left out.",
        () -> property("rocksdb.total-sst-files-size", Family.values()));
    metrics.gauge("pushrod_disk_topics", "Topics stored.", this::topics);
    metrics.gauge(
        "pushrod_disk_waiting_bytes", "Commits that wait to be written.", writer::waitingBytes);
    metrics.gauge(
        "pushrod_disk_memory_bytes",
        "What RocksDB holds: blocks, and what it has not flushed yet.",
        this::memoryBytes);
    metrics.gauge(
        "pushrod_disk_obstacle",
        "1 while nothing can be stored.",
        () -> health.obstacle() == null ? 0 : 1);
  }

  /// What the database holds, outside the heap.
  long memoryBytes() {
    return property("rocksdb.block-cache-usage", Family.EVENTS)
        + property("rocksdb.cur-size-all-mem-tables", Family.values());
  }

  long property(String name, Family... families) {
    try {
      return database.read(
          open -> {
            long sum = 0;
            for (Family family : families) {
              sum += open.rocks().getLongProperty(open.family(family), name);
            }
            return sum;
          });
    } catch (RocksDBException e) {
      return 0;
    }
  }

  /// Topics stored.
  public long topics() {
    return count.stored();
  }

  /// Why all topics begin another epoch; null when theirs go on.
  public @Nullable String renewal() {
    Incarnation before = database.before();
    if (before.id() == database.incarnation().id()) {
      return null;
    }
    return before.isCopy()
        ? "a backup was put back"
        : "the machine ended before all was on the disk (storage.disk.ack: written)";
  }

  /// How long it took to open the folder.
  public long openedMillis() {
    return openedMillis;
  }

  // Topics.

  @Override
  public void commit(Commit commit) {
    writer.add(new Work.Commits(commit));
  }

  @Override
  public void onTrim(TrimListener listener) {
    writer.listen(listener);
  }

  @Override
  public void open(TopicKey key, int tailBytes, Consumer<Opened> answer) {
    boolean taken =
        readings.offer(
            metrics -> {
              metrics.count(Counter.DISK_OPENS);
              answer.accept(opened(key, tailBytes));
            });
    if (!taken) {
      answer.accept(new Opened.Failed("too many look-ups wait"));
    }
  }

  private Opened opened(TopicKey key, int tailBytes) {
    try {
      return database.read(open -> TopicReads.open(open, key, tailBytes));
    } catch (RocksDBException e) {
      return new Opened.Failed(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void read(TopicKey key, long from, int maxBytes, Consumer<Answer> answer) {
    boolean taken =
        readings.offer(
            metrics -> {
              metrics.count(Counter.DISK_READS);
              answer.accept(page(key, from, maxBytes));
            });
    if (!taken) {
      answer.accept(new Answer.Failed("too many pages wait"));
    }
  }

  private Answer page(TopicKey key, long from, int maxBytes) {
    try {
      return database.read(open -> TopicReads.read(open, key, from, maxBytes));
    } catch (RocksDBException e) {
      return new Answer.Failed(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public @Nullable String obstacle() {
    return health.obstacle();
  }

  @Override
  public boolean isOut() {
    return health.obstacle() != null;
  }

  @Override
  public boolean isFull() {
    return health.obstacle() != null || writer.waitingBytes() > settings.queueBytes();
  }

  private void walk() {
    try {
      if (writer.waitingBytes() < BUSY_BYTES) {
        database.read(
            _ -> {
              janitor.walk(millis.getAsLong(), writer::add);
              return true;
            });
      }
    } catch (RocksDBException | RuntimeException e) {
      janitorMetrics.count(Counter.DISK_FAILURES);
    }
  }

  // Small records.

  @Override
  public void put(String space, String key, byte[] value, Runnable stored) {
    StateStore.check(space, key, value.length);
    writer.add(new Work.Put(Keys.pair(space, key), value, stored));
  }

  @Override
  public void remove(String space, String key) {
    StateStore.check(space, key, 0);
    writer.add(new Work.Remove(Keys.pair(space, key)));
  }

  @Override
  public void each(String space, BiConsumer<String, byte[]> record) {
    if (!writer.isIdle()) {
      CompletableFuture<Void> passed = new CompletableFuture<>();
      writer.add(new Work.Passed(() -> passed.complete(null)));
      passed.join();
    }
    byte[] first = Keys.pair(space, "");
    try {
      database.read(
          open -> {
            try (RocksIterator at = open.rocks().newIterator(open.family(Family.STATE))) {
              for (at.seek(first); at.isValid() && startsWith(at.key(), first); at.next()) {
                byte[] key = at.key();
                record.accept(
                    new String(
                        key, first.length, key.length - first.length, StandardCharsets.UTF_8),
                    at.value());
              }
              at.status();
            }
            return true;
          });
    } catch (RocksDBException e) {
      throw new IllegalStateException("state: not read: " + e.getMessage(), e);
    }
  }

  private static boolean startsWith(byte[] key, byte[] first) {
    return key.length >= first.length
        && java.util.Arrays.equals(key, 0, first.length, first, 0, first.length);
  }

  // Backups.

  /// Copies all that is stored to a folder that is not there yet; reading and writing go on.
  ///
  /// @param beganNanos when it was asked for
  /// @throws DiskException when it is not made; then nothing is left of it
  Backups.Backup backUp(Path target, long beganNanos) {
    try {
      return database.read(
          open -> {
            try {
              long bytes = Copying.copy(open, target);
              long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - beganNanos);
              return new Backups.Backup(target.toAbsolutePath(), bytes, topics(), took);
            } catch (IOException e) {
              throw new DiskException("backup: %s: %s".formatted(target, Format.reason(e)));
            }
          });
    } catch (RocksDBException e) {
      throw new DiskException("backup: %s: %s".formatted(target, e.getMessage()));
    }
  }

  /// Writes what waits, if the disk takes it, and closes the folder.
  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    walks.shutdown();
    try {
      var _ = walks.awaitTermination(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    readings.close();
    writer.close();
    database.close();
  }
}
