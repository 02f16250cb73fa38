package io.pushrod.server;

import io.pushrod.server.backplane.RedisLink;
import io.pushrod.server.backplane.RedisTopics;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.Clock;
import io.pushrod.server.hub.Hub;
import io.pushrod.server.hub.Storage;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.run.NoRunStore;
import io.pushrod.server.run.RunStore;
import io.pushrod.server.session.EventFilter;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// What keeps topics, as the configuration wants it.
///
/// **Thread:** any.
final class Stores implements AutoCloseable {
  private final Storage storage;
  private final @Nullable RedisLink redis;
  private final AtomicReference<@Nullable Hub> hub;

  private Stores(
      Storage storage, @Nullable RedisLink redis, AtomicReference<@Nullable Hub> hub) {
    this.storage = storage;
    this.redis = redis;
    this.hub = hub;
  }

  /// @throws ConfigException when a store cannot be opened
  static Stores open(ServerConfig config, MetricsRegistry metrics) {
    return switch (config.storage().backend()) {
      case MEMORY -> new Stores(Storage.NONE, null, new AtomicReference<>());
      case DISK ->
          throw new ConfigException(
              "storage.backend: disk (expected: memory or redis in this version)");
      case REDIS -> redis(config, metrics);
    };
  }

  private static Stores redis(ServerConfig config, MetricsRegistry metrics) {
    AtomicReference<@Nullable Hub> hub = new AtomicReference<>();
    RedisLink link = RedisLink.open(config.storage().redis());
    EventFilter emitted = Runs.settings(config).emitted();
    RedisTopics topics =
        new RedisTopics(
            link,
            config.storage().redis(),
            key -> Objects.requireNonNull(hub.get()).owner(key).loop(),
            emitted::admits,
            metrics,
            Clock.SYSTEM::nanos);
    Storage storage =
        new Storage(null, topics, config.storage().residentBytes(), emitted::admits);
    return new Stores(storage, link, hub);
  }

  /// Says whose loops own topics; before anything is published or read.
  void start(Hub owners) {
    hub.set(owners);
  }

  Storage storage() {
    return storage;
  }

  /// Where runs outlive the process.
  RunStore runs() {
    return new NoRunStore();
  }

  /// The Redis that servers share; null for none.
  @Nullable RedisLink link() {
    return redis;
  }

  @Override
  public void close() {
    if (storage.cluster() != null) {
      storage.cluster().close();
    }
    if (redis != null) {
      redis.close();
    }
  }
}
