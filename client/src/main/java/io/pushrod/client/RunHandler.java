package io.pushrod.client;

import org.jspecify.annotations.Nullable;

/// Does the runs of an agent.
///
/// **Thread:** a virtual thread of the run's own; several runs at once, up to the agent's credit.
@FunctionalInterface
public interface RunHandler {
  /// Does one run, which it completes by returning.
  ///
  /// @return the output, one JSON value; null for none
  /// @throws RunFailed to fail the run with a code of its own
  /// @throws InterruptedException to end a run as cancelled, once that was asked for, as a
  ///   [java.util.concurrent.CancellationException] does
  /// @throws Exception any other, to fail the run with code `internal`: only the class's name is
  ///   sent, the rest is logged
  @Nullable String run(RunRequest request, RunContext run) throws Exception;
}
