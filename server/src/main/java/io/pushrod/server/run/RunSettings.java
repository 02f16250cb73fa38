package io.pushrod.server.run;

import io.pushrod.server.session.EventFilter;
import java.util.concurrent.TimeUnit;

/// The bounds and times of runs and requests.
///
/// @param emitted what runs may emit besides lifecycle events; the rest is dropped before it has a
///   sequence
/// @param heartbeatMillis a run in which nothing else was emitted for this long emits a heartbeat
/// @param maxRunMillis a run that takes longer is timed out
/// @param idleMillis a run in which nothing was emitted for this long is timed out; 0 never
/// @param nodeMillis a run whose node takes longer is timed out; 0 never
/// @param leaseMillis an accepted run whose worker is silent for longer has lost it
/// @param offerMillis a worker that has not accepted by then loses the offer
/// @param attempts offers of one request before it fails
/// @param cancelMillis after this a run is ended without its worker
/// @param retentionMillis how long an ended run can be asked for
/// @param retained ended runs of a tenant that are remembered
/// @param activePerTenant runs that have not ended
/// @param activePerUser runs that have not ended
/// @param startsPerSecond of a tenant; 0 for no bound
/// @param inputBytes of one request
/// @param queuedRequests of one inbox that wait for a worker
/// @param queuedBytes of one inbox that wait for a worker
/// @param queueMillis how long one waits for a worker
/// @param viewersPerRun streams of one run
public record RunSettings(
    EventFilter emitted,
    long heartbeatMillis,
    long maxRunMillis,
    long idleMillis,
    long nodeMillis,
    int leaseMillis,
    long offerMillis,
    int attempts,
    int cancelMillis,
    long retentionMillis,
    int retained,
    int activePerTenant,
    int activePerUser,
    int startsPerSecond,
    int inputBytes,
    int queuedRequests,
    long queuedBytes,
    long queueMillis,
    int viewersPerRun) {

  public static final RunSettings DEFAULT =
      new RunSettings(
          EventFilter.ALL,
          TimeUnit.SECONDS.toMillis(15),
          TimeUnit.HOURS.toMillis(1),
          0,
          0,
          15_000,
          5_000,
          3,
          10_000,
          TimeUnit.HOURS.toMillis(1),
          10_000,
          10_000,
          1_000,
          0,
          256 * 1024,
          1_000,
          16L * 1024 * 1024,
          30_000,
          100);
}
