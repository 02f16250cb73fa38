package io.pushrod.server.backplane;

import io.pushrod.server.config.RelayConfig;
import io.pushrod.server.config.StorageConfig;

/// Settings of tests, with short times.
final class RedisSettings {
  static final long TIMEOUT_MILLIS = 1_000;
  static final long RECONCILE_MILLIS = 100;

  private RedisSettings() {}

  static StorageConfig.Redis of(String url) {
    return of(url, false, 0);
  }

  static StorageConfig.Redis of(String url, boolean cluster, int waitReplicas) {
    return of(url, cluster, waitReplicas, 2);
  }

  static StorageConfig.Redis of(String url, boolean cluster, int waitReplicas, int connections) {
    return new StorageConfig.Redis(
        new RelayConfig.Address(url),
        cluster,
        "pushrod:",
        600,
        1_000,
        connections,
        64 << 20,
        1_000,
        waitReplicas,
        TIMEOUT_MILLIS,
        RECONCILE_MILLIS,
        2_000);
  }
}
