package io.pushrod.server.config;

import io.pushrod.server.config.RelayConfig.Address;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Where topics are kept, and how safely.
///
/// @param residentBytes of a topic's newest events that stay in memory where a store has all
/// @param refuseAfterNanos a publisher that waits for a store for longer hears that it cannot take
///   events
public record StorageConfig(
    Backend backend, long residentBytes, long refuseAfterNanos, Disk disk, Redis redis) {
  private static final Set<String> SCHEMES =
      Set.of("redis", "rediss", "redis-sentinel", "rediss-sentinel");

  /// What holds the logs.
  public enum Backend {
    /// This process; what it held is gone with it.
    MEMORY,
    /// A folder of this process.
    DISK,
    /// A Redis or Valkey, which several servers share.
    REDIS
  }

  /// What a publisher's ack means where logs are on disk.
  public enum Ack {
    /// The operating system has it: it survives the process.
    WRITTEN,
    /// The disk has it: it survives the machine.
    SYNCED
  }

  /// What follows when the log of writes is damaged before its end.
  public enum Damaged {
    /// The server does not start.
    REFUSE,
    /// What is behind the damage is given up, whatever was acknowledged.
    CUT
  }

  /// @param path the folder; nobody else may use it
  /// @param commitDelayNanos how long a commit may wait for more to come along; 0 for not at all
  /// @param commitBytes a commit that holds more waits no longer
  /// @param queueBytes with more that waits to be written nothing is published
  /// @param reserveBytes with less space on the disk nothing is published
  /// @param cacheBytes that the database may hold in memory
  /// @param openFiles that it may have open
  /// @param readers threads that read from it
  /// @param queueReads look-ups and pages that may wait for these
  /// @param damaged what follows when the log of writes is damaged
  /// @param backups the folder that backups go to
  public record Disk(
      Path path,
      Ack ack,
      long commitDelayNanos,
      int commitBytes,
      long queueBytes,
      long reserveBytes,
      long cacheBytes,
      int openFiles,
      int readers,
      int queueReads,
      Damaged damaged,
      Path backups) {
    static Disk read(Settings settings, Path dataDir) {
      return new Disk(
          folder(settings, "storage.disk.path", dataDir.resolve("topics")),
          settings.choice("storage.disk.ack", Ack.SYNCED),
          settings.nanos("storage.disk.commit_delay", "0ms", "0ms", "5ms"),
          settings.bytes("storage.disk.commit_bytes", "1MiB", "4KiB", "64MiB"),
          settings.longBytes("storage.disk.queue_bytes", "64MiB", "64KiB", "16GiB"),
          settings.longBytes("storage.disk.reserve", "64MiB", "0", "1024GiB"),
          settings.longBytes("storage.disk.cache", "128MiB", "16MiB", "256GiB"),
          settings.integer("storage.disk.open_files", "512", 64, 1_000_000),
          settings.integer("storage.disk.readers", "2", 1, 64),
          settings.integer("storage.disk.queue_reads", "65536", 64, 10_000_000),
          settings.choice("storage.disk.damaged", Damaged.REFUSE),
          folder(settings, "storage.disk.backups", dataDir.resolve("backups")));
    }

    private static Path folder(Settings settings, String key, Path byDefault) {
      Path said = settings.optionalPath(key);
      return said == null ? byDefault : said;
    }
  }

  /// @param url with password and database; null where the backend is another
  /// @param cluster whether it is a Redis Cluster
  /// @param prefix of all keys and channels
  /// @param streamTtlSeconds a topic in which nothing is published for longer is gone
  /// @param maxEventsPerRun events that a topic keeps, whether it is a run's or another
  /// @param connectionPoolSize connections for commands
  /// @param queueBytes with more that waits to be stored nothing is published
  /// @param producersPerTopic producers and servers that a topic remembers, for retries
  /// @param waitReplicas replicas that must have an event before it is acknowledged
  /// @param timeoutMillis a publisher waits no longer than this for an answer of Redis
  /// @param reconcileMillis within which each followed topic is looked at for what was missed
  /// @param nodeTtlMillis a server that is not heard of for longer is taken for gone
  public record Redis(
      @Nullable Address url,
      boolean cluster,
      String prefix,
      int streamTtlSeconds,
      int maxEventsPerRun,
      int connectionPoolSize,
      long queueBytes,
      int producersPerTopic,
      int waitReplicas,
      long timeoutMillis,
      long reconcileMillis,
      long nodeTtlMillis) {
    static Redis read(Settings settings, StreamingConfig.Redis runs) {
      String ours = settings.optionalText("storage.redis.url");
      Address url = ours == null ? runs.url() : new Address(ours);
      settings.check(
          url == null || isUrl(url.url()),
          "storage.redis.url",
          "redis://, rediss://, redis-sentinel:// or rediss-sentinel:// with a host");
      boolean cluster = settings.flag("storage.redis.cluster", false);
      String prefix = settings.text("storage.redis.key_prefix", "pushrod:");
      settings.check(
          prefix.matches("[A-Za-z0-9_.:-]{1,64}"),
          "storage.redis.key_prefix",
          "1-64 of A-Z a-z 0-9 _ . : -");
      return new Redis(
          url,
          cluster,
          prefix,
          settings.integer(
              "storage.redis.stream_ttl_seconds", runs.streamTtlSeconds(), 1, 31_536_000),
          settings.integer(
              "storage.redis.max_events_per_run", runs.maxEventsPerRun(), 1, 100_000_000),
          settings.integer("storage.redis.connection_pool_size", runs.connectionPoolSize(), 1, 64),
          settings.longBytes("storage.redis.queue_bytes", "64MiB", "64KiB", "16GiB"),
          settings.integer("storage.redis.producers_per_topic", "1000", 16, 100_000),
          settings.integer("storage.redis.wait_replicas", "0", 0, 8),
          settings.millis("storage.redis.timeout", "5s", "10ms", "1m"),
          settings.millis("storage.redis.reconcile", "500ms", "10ms", "1m"),
          settings.millis("storage.redis.node_ttl", "10s", "500ms", "5m"));
    }

    private static boolean isUrl(String text) {
      try {
        URI uri = new URI(text);
        String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
        return SCHEMES.contains(scheme) && uri.getAuthority() != null;
      } catch (URISyntaxException e) {
        return false;
      }
    }
  }

  /// What Dockrion's section says counts where ours says nothing.
  static StorageConfig read(Settings settings, Path dataDir) {
    StreamingConfig runs = StreamingConfig.read(settings);
    Backend backend = settings.choice("storage.backend", runs.backend());
    StorageConfig config =
        new StorageConfig(
            backend,
            settings.longBytes("storage.resident_bytes", "1MiB", "64KiB", "1GiB"),
            settings.nanos("storage.refuse_after", "30s", "100ms", "1h"),
            Disk.read(settings, dataDir),
            Redis.read(settings, runs.redis()));
    settings.check(
        backend != Backend.REDIS || config.redis.url != null,
        "storage.redis.url",
        "the address of a Redis with storage.backend redis");
    return config;
  }
}
