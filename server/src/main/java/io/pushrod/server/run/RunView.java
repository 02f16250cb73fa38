package io.pushrod.server.run;

import org.jspecify.annotations.Nullable;

/// What is to be known of a run.
///
/// **Thread:** any; immutable.
///
/// @param topic `run/<id>`
/// @param agent the name without `agent/`
/// @param user who started it; empty when the credential named none
/// @param provider named by the input, for kill switches; empty for none
/// @param direct whether it ends with the one connection that asked for it
/// @param createdMillis since 1970
/// @param startedMillis when a worker began; 0 before
/// @param endedMillis 0 before
/// @param output one JSON value, of a run that is completed
/// @param error why it failed, was cancelled or timed out
/// @param lastSequence of its terminal event in its own topic; 0 before that is there
public record RunView(
    String tenant,
    String id,
    String topic,
    String agent,
    String user,
    String provider,
    boolean direct,
    RunStatus status,
    boolean cancelling,
    long createdMillis,
    long startedMillis,
    long endedMillis,
    @Nullable String output,
    @Nullable RunError error,
    long lastSequence) {

  /// @param code such as `producer_lost`, `timeout`, or the worker's own
  public record RunError(String code, String message, boolean retryable) {}

  /// A run that nobody has yet.
  static RunView accepted(String tenant, String id, RunStart start, long nowMillis) {
    return new RunView(
        tenant,
        id,
        Run.TOPICS + id,
        start.agent(),
        start.who().user(),
        start.provider(),
        start.direct(),
        RunStatus.ACCEPTED,
        false,
        nowMillis,
        0,
        0,
        null,
        null,
        0);
  }

  /// The same run while a worker has it.
  RunView running(boolean toBeCancelled, long nowMillis) {
    return new RunView(
        tenant,
        id,
        topic,
        agent,
        user,
        provider,
        direct,
        RunStatus.RUNNING,
        toBeCancelled,
        createdMillis,
        startedMillis == 0 ? nowMillis : startedMillis,
        0,
        null,
        null,
        0);
  }

  /// The same run when it is over.
  RunView ended(RunAction.End end, long nowMillis, long sequence) {
    CancelOrder cancel = end.cancel();
    return new RunView(
        tenant,
        id,
        topic,
        agent,
        user,
        provider,
        direct,
        end.status(),
        false,
        createdMillis,
        startedMillis,
        nowMillis,
        end.output(),
        cancel == null ? end.error() : new RunError("cancelled", cancel.reason(), false),
        sequence);
  }
}
