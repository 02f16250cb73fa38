package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ingest.IngestFrame.Cancel.How;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.run.RunState.Stage;
import io.pushrod.server.run.RunView.RunError;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The life of a run as a function: from where it stands and what happens, to where it stands then
/// and what is to be done.
///
/// Whatever happens in whatever order, there is one [RunAction.End], and nothing about the run
/// after it.
///
/// **Thread:** any; holds no state.
final class RunMachine {
  static final String TIMEOUT = "timeout";
  static final String IDLE_TIMEOUT = "idle_timeout";
  static final String NODE_TIMEOUT = "node_timeout";
  static final String PRODUCER_LOST = "producer_lost";

  /// @param state afterwards
  /// @param actions to be done in this order
  record Step(RunState state, List<RunAction> actions) {}

  private final RunSettings settings;

  RunMachine(RunSettings settings) {
    this.settings = settings;
  }

  RunState begin(long nowMillis) {
    return RunState.waiting(nowMillis + settings.queueMillis());
  }

  /// @param nowMillis of a clock that never jumps
  Step on(RunState state, RunEvent event, long nowMillis) {
    List<RunAction> actions = new ArrayList<>(3);
    RunState next =
        state.stage() == Stage.ENDED ? state : new Turn(state, nowMillis, actions).on(event);
    return new Step(next, actions);
  }

  /// When a [RunEvent.Tick] is due at the latest; [Long#MAX_VALUE] for never.
  long dueMillis(RunState state, long emittedMillis, long nodeMillis) {
    long due = state.dueMillis();
    if (state.cancelMillis() != 0) {
      due = Math.min(due, state.cancelMillis());
    }
    if (state.stage() != Stage.RUNNING) {
      return due;
    }
    due = Math.min(due, state.heardMillis() + (state.stalled() ? leaseMillis() : stallMillis()));
    due = Math.min(due, Math.max(emittedMillis, state.beatMillis()) + settings.heartbeatMillis());
    if (settings.idleMillis() != 0) {
      due = Math.min(due, idleSince(state, emittedMillis) + settings.idleMillis());
    }
    if (settings.nodeMillis() != 0 && nodeMillis != 0) {
      due = Math.min(due, nodeMillis + settings.nodeMillis());
    }
    return due;
  }

  private long leaseMillis() {
    return settings.leaseMillis();
  }

  /// A worker that renews every third of its lease has missed one by then.
  private long stallMillis() {
    return settings.leaseMillis() / 2;
  }

  /// When nothing was emitted it counts from the begin, which the run's own limit counts from too.
  private long idleSince(RunState state, long emittedMillis) {
    return Math.max(emittedMillis, state.dueMillis() - settings.maxRunMillis());
  }

  /// One step under way.
  private final class Turn {
    private final RunState state;
    private final long nowMillis;
    private final List<RunAction> actions;

    Turn(RunState state, long nowMillis, List<RunAction> actions) {
      this.state = state;
      this.nowMillis = nowMillis;
      this.actions = actions;
    }

    RunState on(RunEvent event) {
      return switch (event) {
        case RunEvent.Offered(long lease) -> offered(lease);
        case RunEvent.Accepted(long lease) -> accepted(lease);
        case RunEvent.Refused refused -> refused(refused);
        case RunEvent.OfferLost(long lease) ->
            isOffered(lease) ? offerAgain("its worker is gone") : state;
        case RunEvent.Renewed(long lease) -> state.isUnder(lease) ? heard() : state;
        case RunEvent.Settled settled -> settled(settled);
        case RunEvent.CancelWanted(CancelOrder order) -> cancelWanted(order);
        case RunEvent.Killed(CancelOrder order) -> {
          release(ErrorCode.KILL_SWITCH, order.reason());
          yield end(RunStatus.CANCELLED, null, null, order);
        }
        case RunEvent.Tick tick -> tick(tick);
      };
    }

    private boolean isOffered(long lease) {
      return state.stage() == Stage.OFFERED && state.isUnder(lease);
    }

    private RunState offered(long lease) {
      if (state.stage() != Stage.WAITING) {
        actions.add(new RunAction.Release(lease, ErrorCode.FENCED, "run: not waiting"));
        return state;
      }
      return state.offered(lease, nowMillis + settings.offerMillis());
    }

    /// What is accepted twice is granted twice: the first grant may have been lost with its
    /// connection, and nothing begins without one.
    private RunState accepted(long lease) {
      if (state.stage() == Stage.RUNNING && state.isUnder(lease)) {
        actions.add(new RunAction.Grant(lease));
        return state;
      }
      if (!isOffered(lease)) {
        return state;
      }
      actions.add(new RunAction.Begin());
      actions.add(new RunAction.Grant(lease));
      return state.running(nowMillis, nowMillis + settings.maxRunMillis());
    }

    private RunState refused(RunEvent.Refused refused) {
      if (!state.isUnder(refused.lease())) {
        return state;
      }
      if (refused.elsewhere() && state.stage() == Stage.OFFERED) {
        return offerAgain(refused.message());
      }
      release(null, "");
      return fail("refused", refused.message(), false);
    }

    private RunState offerAgain(String why) {
      release(ErrorCode.FENCED, "offer: " + why);
      if (state.attempts() >= settings.attempts()) {
        return fail(ErrorCode.NO_WORKER.label(), "no worker took it: " + why, true);
      }
      actions.add(new RunAction.Enqueue());
      return state.waitsAgain(nowMillis + settings.queueMillis());
    }

    private RunState heard() {
      return state.stage() == Stage.RUNNING ? state.heard(nowMillis) : state;
    }

    private RunState settled(RunEvent.Settled settled) {
      if (!state.isUnder(settled.lease())) {
        return state;
      }
      if (state.stage() == Stage.OFFERED) {
        actions.add(new RunAction.Begin());
      }
      release(null, "");
      return switch (settled.outcome()) {
        case COMPLETED ->
            end(
                RunStatus.COMPLETED,
                settled.payload().isEmpty() ? null : settled.payload(),
                null,
                null);
        case FAILED -> {
          RunError error = WorkerError.parse(settled.payload());
          yield end(RunStatus.FAILED, null, error, null);
        }
        case CANCELLED -> end(RunStatus.CANCELLED, null, null, wanted(settled.outcome()));
      };
    }

    /// Who wanted the end; a worker may end a run that nobody else wanted to end.
    private CancelOrder wanted(Outcome outcome) {
      CancelOrder order = state.cancel();
      return order != null
          ? order
          : new CancelOrder(
              How.NOW, 0, "", "the worker " + outcome.name().toLowerCase(Locale.ROOT) + " it");
    }

    private RunState cancelWanted(CancelOrder order) {
      if (state.stage() == Stage.RUNNING) {
        return cancelRunning(order);
      }
      release(ErrorCode.ALREADY_ENDED, "run: cancelled");
      return end(RunStatus.CANCELLED, null, null, order);
    }

    private RunState cancelRunning(CancelOrder order) {
      int wait = order.deadlineMillis() == 0 ? settings.cancelMillis() : order.deadlineMillis();
      long atMillis = nowMillis + wait;
      CancelOrder before = state.cancel();
      if (before == null) {
        actions.add(new RunAction.TellCancelling(order));
        actions.add(new RunAction.PassCancel(state.lease(), order));
        return state.cancelling(order, atMillis);
      }
      boolean harder = order.how().ordinal() < before.how().ordinal();
      long earlier = Math.min(atMillis, state.cancelMillis());
      if (!harder && earlier == state.cancelMillis()) {
        return state;
      }
      CancelOrder both =
          new CancelOrder(
              harder ? order.how() : before.how(),
              (int) Math.max(1, earlier - nowMillis),
              before.by(),
              before.reason());
      actions.add(new RunAction.PassCancel(state.lease(), both));
      return state.cancelling(both, earlier);
    }

    private RunState tick(RunEvent.Tick tick) {
      CancelOrder order = state.cancel();
      if (order != null && nowMillis >= state.cancelMillis()) {
        release(ErrorCode.ALREADY_ENDED, "run: cancelled, and its deadline has passed");
        return end(RunStatus.CANCELLED, null, null, order);
      }
      return switch (state.stage()) {
        case WAITING ->
            isDue() ? fail(ErrorCode.NO_WORKER.label(), "no worker took it in time", true) : state;
        case OFFERED -> isDue() ? offerAgain("no answer in time") : state;
        case RUNNING -> tickRunning(tick);
        case ENDED -> state;
      };
    }

    private boolean isDue() {
      return nowMillis >= state.dueMillis();
    }

    private RunState tickRunning(RunEvent.Tick tick) {
      long silentMillis = nowMillis - state.heardMillis();
      if (silentMillis >= leaseMillis()) {
        release(ErrorCode.FENCED, "lease: lapsed");
        return fail(PRODUCER_LOST, "the worker was not heard of for " + silentMillis + " ms", true);
      }
      if (isDue()) {
        return timeOut(TIMEOUT, "the run took longer than it may");
      }
      if (settings.idleMillis() != 0
          && nowMillis - idleSince(state, tick.emittedMillis()) >= settings.idleMillis()) {
        return timeOut(IDLE_TIMEOUT, "nothing was emitted for too long");
      }
      if (settings.nodeMillis() != 0
          && tick.nodeMillis() != 0
          && nowMillis - tick.nodeMillis() >= settings.nodeMillis()) {
        return timeOut(NODE_TIMEOUT, "a node took longer than it may");
      }
      RunState next = state;
      if (!state.stalled() && silentMillis >= stallMillis()) {
        actions.add(new RunAction.TellStalled(silentMillis));
        next = next.stalls();
      }
      if (nowMillis - Math.max(tick.emittedMillis(), state.beatMillis())
          >= settings.heartbeatMillis()) {
        actions.add(new RunAction.Beat());
        next = next.beats(nowMillis);
      }
      return next;
    }

    private RunState timeOut(String code, String message) {
      release(ErrorCode.ALREADY_ENDED, "run: " + message);
      return end(RunStatus.TIMED_OUT, null, new RunError(code, message, true), null);
    }

    private RunState fail(String code, String message, boolean retryable) {
      return end(RunStatus.FAILED, null, new RunError(code, message, retryable), null);
    }

    private void release(@Nullable ErrorCode code, String message) {
      if (state.lease() != 0) {
        actions.add(new RunAction.Release(state.lease(), code, message));
      }
    }

    private RunState end(
        RunStatus status,
        @Nullable String output,
        @Nullable RunError error,
        @Nullable CancelOrder cancel) {
      if (state.stage() == Stage.WAITING) {
        actions.add(new RunAction.Dequeue());
      }
      actions.add(new RunAction.End(status, output, error, cancel));
      return state.ended();
    }
  }
}
