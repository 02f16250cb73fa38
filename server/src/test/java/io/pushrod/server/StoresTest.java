package io.pushrod.server;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.config.ServerConfig;
import org.junit.jupiter.api.Test;

/// What stores are told of the configuration.
final class StoresTest {
  @Test
  void everySettingOfTheDiskReachesItsStore() {
    ServerConfig config =
        ServerConfig.with(
            true,
            "storage.disk.path=/data/t",
            "storage.disk.ack=written",
            "storage.disk.commit_delay=3ms",
            "storage.disk.commit_bytes=8KiB",
            "storage.disk.queue_bytes=1MiB",
            "storage.disk.reserve=2MiB",
            "storage.disk.cache=17MiB",
            "storage.disk.open_files=78",
            "storage.disk.readers=5",
            "storage.disk.queue_reads=99",
            "storage.disk.damaged=cut",
            "limits.producers_per_topic=11");

    assertThat(Stores.settings(config))
        .hasToString(
            "DiskSettings[folder=/data/t, synced=false, delayNanos=3000000, commitBytes=8192,"
                + " queueBytes=1048576, reserveBytes=2097152, cacheBytes=17825792, openFiles=78,"
                + " readers=5, queueReads=99, cut=true, retention="
                + CoreSettings.retention(config.retention())
                + ", producersPerTopic=11]");
  }
}
