package io.pushrod.server.guard;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.Audit;
import io.pushrod.server.auth.CredentialWatch.LiveConnections;
import io.pushrod.server.auth.JsonFields;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.io.IOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets and lifts kill switches while the server runs, sees to it that they reach what is open, and
/// that they are on disk.
///
/// **Thread:** any; the file is written on one of its own, which ends when it has nothing to do.
/* As with revocations the rules change first and connections are looked through after, on their own
 * loops; so whoever comes in meanwhile either sees the new rules or is found. */
public final class Switchboard implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Switchboard.class);
  private static final int MAX_WAITING = 1_000;

  /// A switch that was set or lifted.
  ///
  /// @param set false when it was lifted
  /// @param by who did it now
  public record Change(boolean set, KillSwitch what, String by) {}

  /// Hears of each change, once it holds. **Thread:** the switchboard's.
  public interface Listener {
    void onChange(Change change);
  }

  private final KillSwitches switches;
  private final LiveConnections connections;
  private final Listener listener;
  private final ShardMetrics metrics;
  private final ExecutorService thread = thread();

  /// @param metrics counters of its own thread
  public Switchboard(
      KillSwitches switches, LiveConnections connections, Listener listener, ShardMetrics metrics) {
    this.switches = switches;
    this.connections = connections;
    this.listener = listener;
    this.metrics = metrics;
  }

  private static ExecutorService thread() {
    ThreadPoolExecutor thread =
        new ThreadPoolExecutor(
            1,
            1,
            1,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(MAX_WAITING),
            Thread.ofPlatform().daemon().name("guard").factory());
    thread.allowCoreThreadTimeOut(true);
    return thread;
  }

  /// Switches something off, and closes what that names. Doing it again does no harm.
  ///
  /// @return the switch that holds; fails with a [RequestException]: `UNAVAILABLE` when there is no
  ///   room, `INTERNAL` when it holds but would not outlive a restart
  public CompletionStage<KillSwitch> set(KillSwitch wanted) {
    return later(
        () -> {
          KillSwitch holds = switches.set(wanted);
          if (holds == null) {
            metrics.count(Counter.QUOTA_KILL_SWITCHES);
            record("switch_off", wanted.by(), wanted, "refused, no room");
            throw new RequestException(
                ErrorCode.UNAVAILABLE,
                "kill switches: too many (expected: <= quotas.kill_switches_per_tenant; lift some)");
          }
          boolean saved = save();
          reach(holds);
          changed(new Change(true, holds, wanted.by()), saved);
          return holds;
        });
  }

  /// Switches something on again.
  ///
  /// @return the switch that is gone, or null when there was none; fails as [#set] does
  public CompletionStage<@Nullable KillSwitch> lift(
      String tenant, Scope scope, String id, String by) {
    return later(
        () -> {
          KillSwitch lifted = switches.lift(tenant, scope, id);
          if (lifted != null) {
            changed(new Change(false, lifted, by), save());
          }
          return lifted;
        });
  }

  private void reach(KillSwitch holds) {
    if (holds.scope() == Scope.TENANT || holds.scope() == Scope.USER) {
      var _ =
          connections
              .close(holds::covers, CloseReason.KILL_SWITCH)
              .thenAccept(
                  closed ->
                      log.info(
                          "kill switch: {} connections closed (scope={})",
                          closed,
                          holds.scope().label()));
    }
  }

  private void changed(Change change, boolean saved) {
    record(
        change.set() ? "switch_off" : "switch_on",
        change.by(),
        change.what(),
        saved ? "done" : "done, not saved");
    listener.onChange(change);
    if (!saved) {
      throw new RequestException(
          ErrorCode.INTERNAL, "kill switch: done, but forgotten at a restart (expected: on disk)");
    }
  }

  private static void record(String act, String by, KillSwitch what, String outcome) {
    Audit.record(act, JsonFields.write(Map.of("user", by)), what.line(), outcome);
  }

  private boolean save() {
    try {
      switches.save();
      return true;
    } catch (IOException e) {
      metrics.count(Counter.AUTH_FILES_FAILED);
      log.error("kill switches: not saved (expected: a writable folder; {})", e.toString());
      return false;
    }
  }

  private <T extends @Nullable Object> CompletionStage<T> later(Supplier<T> task) {
    try {
      return CompletableFuture.supplyAsync(task, thread);
    } catch (RejectedExecutionException e) {
      return CompletableFuture.failedFuture(
          new RequestException(ErrorCode.UNAVAILABLE, "server: stopping (expected: running)"));
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      var _ = thread.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
