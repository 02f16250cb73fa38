package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.server.run.RunView.RunError;
import org.jspecify.annotations.Nullable;

/// What is to be done about a run, in order.
sealed interface RunAction {
  /// Writes down where it stands; what follows is done once that is stored.
  ///
  /// @param state waiting or running
  /// @param begins whether its readers are told that it has begun, or were
  /// @param end what its end is to be; null while it goes on
  record Store(RunState state, boolean begins, @Nullable End end) implements RunAction {}

  /// Where only declared readers read runs, that is who started it.
  record Declare() implements RunAction {}

  /// It waits for a worker, before those that have waited less.
  record Enqueue() implements RunAction {}

  /// It waits no longer.
  record Dequeue() implements RunAction {}

  /// Tells its readers that it begins.
  record Begin() implements RunAction {}

  record Grant(long lease) implements RunAction {}

  record PassCancel(long lease, CancelOrder order) implements RunAction {}

  record Release(long lease, @Nullable ErrorCode code, String message) implements RunAction {}

  /// Tells its readers that its worker is silent.
  record TellStalled(long silentMillis) implements RunAction {}

  record TellCancelling(CancelOrder order) implements RunAction {}

  record Beat() implements RunAction {}

  /// Its last event.
  ///
  /// @param output one JSON value, of a run that completed
  /// @param cancel who wanted a cancelled run to end
  record End(
      RunStatus status,
      @Nullable String output,
      @Nullable RunError error,
      @Nullable CancelOrder cancel)
      implements RunAction {}
}
