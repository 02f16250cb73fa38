package io.pushrod.server.config;

import org.jspecify.annotations.Nullable;

/// The bounds and times of runs, and of the requests that wait for a worker.
///
/// @param defaultAgent takes the runs whose start names none; null when each has to name one
/// @param leaseMillis an accepted run whose worker is silent for longer has lost it
/// @param offerTimeoutMillis a worker that has not accepted by then loses the offer
/// @param attempts offers of one request before it fails
/// @param cancelDeadlineMillis after this a cancelled run is ended without its worker
/// @param idleTimeoutMillis a run in which nothing was emitted for this long is timed out; 0 never
/// @param nodeTimeoutMillis a run whose node takes longer is timed out; 0 never
/// @param retentionMillis how long an ended run can be asked for
/// @param retained ended runs of a tenant that are remembered
/// @param activePerTenant runs that have not ended
/// @param activePerUser runs that have not ended
/// @param startsPerSecond of a tenant; 0 for no bound
/// @param inputBytes of one request
/// @param queueRequests of one inbox that wait for a worker
/// @param queueBytes of one inbox that wait for a worker
/// @param queueWaitMillis how long one waits for a worker
/// @param viewersPerRun streams of one run
public record RunsConfig(
    @Nullable String defaultAgent,
    int leaseMillis,
    int offerTimeoutMillis,
    int attempts,
    int cancelDeadlineMillis,
    long idleTimeoutMillis,
    long nodeTimeoutMillis,
    long retentionMillis,
    int retained,
    int activePerTenant,
    int activePerUser,
    int startsPerSecond,
    int inputBytes,
    int queueRequests,
    long queueBytes,
    long queueWaitMillis,
    int viewersPerRun) {
  private static final int MAX = 1_000_000_000;

  static RunsConfig read(Settings settings) {
    String defaultAgent = settings.optionalText("runs.default_agent");
    settings.check(
        defaultAgent == null || defaultAgent.matches("[A-Za-z0-9_.:-]{1,200}"),
        "runs.default_agent",
        "1-200 of A-Z a-z 0-9 _ . : -");
    return new RunsConfig(
        defaultAgent,
        (int) settings.millis("runs.lease", "15s", "100ms", "1h"),
        (int) settings.millis("runs.offer_timeout", "5s", "10ms", "1h"),
        settings.integer("runs.attempts", "3", 1, 1_000),
        (int) settings.millis("runs.cancel_deadline", "10s", "10ms", "1h"),
        settings.millis("runs.idle_timeout", "0s", "0s", "1d"),
        settings.millis("runs.node_timeout", "0s", "0s", "1d"),
        settings.millis("runs.retention", "1h", "1s", "365d"),
        settings.integer("runs.retained", "10000", 1, MAX),
        settings.integer("runs.active_per_tenant", "10000", 1, MAX),
        settings.integer("runs.active_per_user", "1000", 1, MAX),
        settings.integer("runs.starts_per_second", "0", 0, MAX),
        settings.bytes("runs.input_bytes", "256KiB", "256", "16MiB"),
        settings.integer("runs.queue_requests", "1000", 1, 1_000_000),
        settings.longBytes("runs.queue_bytes", "16MiB", "1KiB", "64GiB"),
        settings.millis("runs.queue_wait", "30s", "10ms", "1d"),
        settings.integer("runs.viewers_per_run", "100", 1, 1_000_000));
  }
}
