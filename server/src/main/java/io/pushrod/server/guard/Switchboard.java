package io.pushrod.server.guard;

import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import io.pushrod.server.auth.Audit;
import io.pushrod.server.auth.CommonRules;
import io.pushrod.server.auth.CommonRules.Done;
import io.pushrod.server.auth.CredentialWatch.LiveConnections;
import io.pushrod.server.auth.JsonFields;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.SharedRecords;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets and lifts kill switches while the server runs, sees to it that they reach what is open, and
/// that they are on disk and, where several servers act as one, known to the others.
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
  /// @param by who did it now; the one who had set it where another server was told
  /// @param here whether this server was told to, and not another one
  public record Change(boolean set, KillSwitch what, String by, boolean here) {}

  /// Hears of each change, once it holds. **Thread:** the switchboard's.
  public interface Listener {
    void onChange(Change change);
  }

  private final KillSwitches switches;
  private final LiveConnections connections;
  private final Listener listener;
  private final ShardMetrics metrics;
  private final CommonRules rules;

  /// @param metrics counters of its own thread
  /// @param shared what other servers have switched off
  public Switchboard(
      KillSwitches switches,
      LiveConnections connections,
      Listener listener,
      ShardMetrics metrics,
      SharedRecords shared) {
    this.switches = switches;
    this.connections = connections;
    this.listener = listener;
    this.metrics = metrics;
    this.rules =
        new CommonRules(
            new CommonRules.Name("kill switch", "kill switches"),
            thread(),
            shared,
            switches::save,
            metrics);
  }

  /// Learns what other servers have switched off, before anybody is let in. Where that cannot be
  /// known now, what this server remembers holds until it can.
  public void begin() {
    rules.begin(switches.records(), new Others());
  }

  /// What other servers do.
  private final class Others implements CommonRules.Others {
    @Override
    public void onPut(String line) {
      KillSwitch theirs = KillSwitch.parse(line);
      if (switches.adopt(theirs)) {
        boolean saved = rules.save();
        reach(theirs);
        heard(new Change(true, theirs, theirs.by(), false), saved);
      }
    }

    @Override
    public void onRemove(String key) {
      String[] name = key.split("\n", 3);
      Scope scope = name.length == 3 ? Scope.of(name[1]) : null;
      KillSwitch lifted = scope == null ? null : switches.lift(name[0], scope, name[2]);
      if (lifted != null) {
        heard(new Change(false, lifted, lifted.by(), false), rules.save());
      }
    }

    private void heard(Change change, boolean saved) {
      metrics.count(Counter.CLUSTER_SWITCHES);
      record(
          change.set() ? "switch_off" : "switch_on",
          change.by(),
          change.what(),
          saved ? "done, by another server" : "done, by another server, not saved");
      listener.onChange(change);
    }
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
    return rules
        .later(
            () -> {
              KillSwitch holds = switches.set(wanted);
              if (holds == null) {
                throw noRoom(wanted);
              }
              boolean saved = rules.save();
              reach(holds);
              changed(new Change(true, holds, wanted.by(), true), saved);
              return new Done<>(holds, saved, rules.put(holds.key(), holds.line()));
            })
        .thenCompose(rules::confirmed);
  }

  private RequestException noRoom(KillSwitch wanted) {
    metrics.count(Counter.QUOTA_KILL_SWITCHES);
    record("switch_off", wanted.by(), wanted, "refused, no room");
    return new RequestException(
        ErrorCode.UNAVAILABLE,
        "kill switches: too many (expected: <= quotas.kill_switches_per_tenant; lift some)");
  }

  /// Switches something on again.
  ///
  /// @return the switch that is gone, or null when there was none; fails as [#set] does
  public CompletionStage<@Nullable KillSwitch> lift(
      String tenant, Scope scope, String id, String by) {
    return rules
        .later(
            () -> {
              @Nullable KillSwitch lifted = switches.lift(tenant, scope, id);
              boolean saved = lifted == null || rules.save();
              if (lifted != null) {
                changed(new Change(false, lifted, by, true), saved);
              }
              return new Done<@Nullable KillSwitch>(
                  lifted, saved, rules.remove(KillSwitch.key(tenant, scope, id)));
            })
        .thenCompose(rules::confirmed);
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
  }

  private static void record(String act, String by, KillSwitch what, String outcome) {
    Audit.record(act, JsonFields.write(Map.of("user", by)), what.line(), outcome);
  }

  @Override
  public void close() {
    rules.close();
  }
}
