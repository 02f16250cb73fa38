package io.pushrod.server;

import io.pushrod.server.config.RunsConfig;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.StreamingConfig;
import io.pushrod.server.dialect.DockrionFilter;
import io.pushrod.server.run.RunSettings;
import io.pushrod.server.session.EventFilter;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// What the configuration says of runs, as they take it.
final class Runs {
  private Runs() {}

  static RunSettings settings(ServerConfig config) {
    StreamingConfig.Events events = config.streaming().events();
    RunsConfig runs = config.runs();
    return new RunSettings(
        emitted(events.allowed()),
        TimeUnit.SECONDS.toMillis(events.heartbeatIntervalSeconds()),
        TimeUnit.SECONDS.toMillis(events.maxRunDurationSeconds()),
        runs.idleTimeoutMillis(),
        runs.nodeTimeoutMillis(),
        runs.leaseMillis(),
        runs.offerTimeoutMillis(),
        runs.attempts(),
        runs.cancelDeadlineMillis(),
        runs.retentionMillis(),
        runs.retained(),
        runs.activePerTenant(),
        runs.activePerUser(),
        runs.startsPerSecond(),
        runs.inputBytes(),
        runs.queueRequests(),
        runs.queueBytes(),
        runs.queueWaitMillis(),
        runs.viewersPerRun());
  }

  /// @param allowed valid
  private static EventFilter emitted(List<String> allowed) {
    boolean isPreset = allowed.size() == 1 && StreamingConfig.Events.isPreset(allowed.getFirst());
    return isPreset ? DockrionFilter.preset(allowed.getFirst()) : DockrionFilter.ofNames(allowed);
  }
}
