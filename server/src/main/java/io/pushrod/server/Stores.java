package io.pushrod.server;

import io.pushrod.server.backplane.RedisLink;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.hub.Storage;
import io.pushrod.server.metrics.MetricsRegistry;
import org.jspecify.annotations.Nullable;

/// What keeps topics, as the configuration wants it.
///
/// **Thread:** any.
final class Stores implements AutoCloseable {
  private final Storage storage;

  private Stores(Storage storage) {
    this.storage = storage;
  }

  /// @throws ConfigException when a store cannot be opened
  static Stores open(ServerConfig config, MetricsRegistry metrics) {
    return switch (config.storage().backend()) {
      case MEMORY -> new Stores(Storage.NONE);
      case DISK, REDIS ->
          throw new ConfigException("storage.backend: (expected: memory in this version)");
    };
  }

  Storage storage() {
    return storage;
  }

  /// The Redis that servers share; null for none.
  @Nullable RedisLink link() {
    return null;
  }

  @Override
  public void close() {}
}
