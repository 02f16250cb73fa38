package io.pushrod.server;

import io.pushrod.server.backplane.RedisLink;
import io.pushrod.server.backplane.RedisTable;
import io.pushrod.server.backplane.RedisTopics;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.StorageConfig;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Storage;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.run.NoRunStore;
import io.pushrod.server.run.RunStore;
import io.pushrod.server.run.StateRunStore;
import io.pushrod.server.session.EventFilter;
import io.pushrod.server.storage.Backups;
import io.pushrod.server.storage.LocalTable;
import io.pushrod.server.storage.NoState;
import io.pushrod.server.storage.RecordTable.Tables;
import io.pushrod.server.storage.disk.DiskBackups;
import io.pushrod.server.storage.disk.DiskException;
import io.pushrod.server.storage.disk.DiskSettings;
import io.pushrod.server.storage.disk.DiskStore;
import io.pushrod.server.storage.disk.Space;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What keeps topics, as the configuration wants it.
///
/// **Thread:** any.
final class Stores implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Stores.class);

  private final Storage storage;
  private final @Nullable DiskStore disk;
  private final @Nullable Backups backups;
  private final @Nullable RedisLink redis;
  private final Tables tables;

  /// Whose loops own topics; set before any is used.
  private final AtomicReference<@Nullable Hub> hub;

  private Stores(
      Storage storage,
      @Nullable DiskStore disk,
      @Nullable Backups backups,
      @Nullable RedisLink redis,
      Tables tables,
      AtomicReference<@Nullable Hub> hub) {
    this.tables = tables;
    this.storage = storage;
    this.disk = disk;
    this.backups = backups;
    this.redis = redis;
    this.hub = hub;
  }

  /// @throws ConfigException when a store cannot be opened
  static Stores open(ServerConfig config, MetricsRegistry metrics, Clock clock) {
    return switch (config.storage().backend()) {
      case MEMORY ->
          new Stores(
              Storage.NONE,
              null,
              null,
              null,
              of -> new LocalTable(of, clock::millis, new NoState(), () -> null),
              new AtomicReference<>());
      case DISK -> disk(config, metrics, clock);
      case REDIS -> redis(config, metrics, clock);
    };
  }

  static DiskSettings settings(ServerConfig config) {
    StorageConfig.Disk of = config.storage().disk();
    return new DiskSettings(
        of.path(),
        of.ack() == StorageConfig.Ack.SYNCED,
        of.commitDelayNanos(),
        of.commitBytes(),
        of.queueBytes(),
        of.reserveBytes(),
        of.cacheBytes(),
        of.openFiles(),
        of.readers(),
        of.queueReads(),
        of.damaged() == StorageConfig.Damaged.CUT,
        CoreSettings.retention(config.retention()),
        config.limits().producersPerTopic());
  }

  private static Stores disk(ServerConfig config, MetricsRegistry metrics, Clock clock) {
    StorageConfig.Disk of = config.storage().disk();
    try {
      DiskStore disk =
          DiskStore.open(settings(config), Space.of(of.path()), metrics, clock::millis);
      log.info(
          String.format(
              Locale.ROOT,
              "Topics: %,d stored in %s, opened in %d ms",
              disk.topics(),
              of.path(),
              disk.openedMillis()));
      String renewal = disk.renewal();
      if (renewal != null) {
        log.warn("Topics: each begins another epoch, as {}", renewal);
      }
      Storage storage =
          new Storage(
              disk,
              null,
              config.storage().residentBytes(),
              Runs.settings(config).emitted()::admits,
              config.storage().refuseAfterNanos());
      Backups backups = new DiskBackups(disk, of.backups(), clock::millis);
      return new Stores(
          storage,
          disk,
          backups,
          null,
          table -> new LocalTable(table, clock::millis, disk, disk::obstacle),
          new AtomicReference<>());
    } catch (DiskException e) {
      throw new ConfigException(String.valueOf(e.getMessage()));
    }
  }

  private static Stores redis(ServerConfig config, MetricsRegistry metrics, Clock clock) {
    AtomicReference<@Nullable Hub> hub = new AtomicReference<>();
    RedisLink link = RedisLink.open(config.storage().redis());
    EventFilter emitted = Runs.settings(config).emitted();
    RedisTopics topics =
        new RedisTopics(
            link,
            config.storage().redis(),
            answerNanos(config.storage()),
            key -> Objects.requireNonNull(hub.get()).owner(key).loop(),
            emitted::admits,
            metrics,
            clock::nanos);
    Storage storage =
        new Storage(
            null,
            topics,
            config.storage().residentBytes(),
            emitted::admits,
            config.storage().refuseAfterNanos());
    return new Stores(
        storage,
        null,
        null,
        link,
        table -> new RedisTable(link, config.storage().redis(), table),
        hub);
  }

  /// Redis's own answer, which says whether an event is stored, is to come before the one that says
  /// that nothing is known.
  private static long answerNanos(StorageConfig of) {
    return Math.min(
        TimeUnit.MILLISECONDS.toNanos(of.redis().timeoutMillis()), of.refuseAfterNanos() / 4 * 3);
  }

  /// Says whose shards own topics; before anything is published or read.
  void start(Hub owners) {
    hub.set(owners);
    if (disk != null) {
      disk.onTrim((key, page) -> owners.trimmed(key, page));
    }
  }

  Storage storage() {
    return storage;
  }

  /// Records that outlive the process as topics do, and that servers share as those.
  Tables tables() {
    return tables;
  }

  /// Where runs outlive the process.
  RunStore runs() {
    return disk == null ? new NoRunStore() : new StateRunStore(disk, disk::obstacle);
  }

  /// Copies what is stored; null where that is not here.
  @Nullable Backups backups() {
    return backups;
  }

  /// The Redis that servers share; null for none.
  @Nullable RedisLink link() {
    return redis;
  }

  /// Answers what still waits, while the loops that own topics are there.
  void end() {
    if (storage.cluster() != null) {
      storage.cluster().close();
    }
  }

  @Override
  public void close() {
    if (disk != null) {
      disk.close();
    }
    if (redis != null) {
      redis.close();
    }
  }
}
