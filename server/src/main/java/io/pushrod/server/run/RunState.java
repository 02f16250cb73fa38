package io.pushrod.server.run;

import org.jspecify.annotations.Nullable;

/// Where a run stands, for [RunMachine]. Times are milliseconds of a clock that never jumps.
///
/// @param lease under which it is offered or done; 0 while it waits, and after its end
/// @param attempts offers so far
/// @param dueMillis of the stage: when a waiting run fails, an offer lapses, a running run times
///   out
/// @param heardMillis when its worker was heard of last
/// @param cancelMillis when it is ended without its worker; 0 while nobody wants its end
record RunState(
    Stage stage,
    long lease,
    int attempts,
    long dueMillis,
    long heardMillis,
    boolean stalled,
    @Nullable CancelOrder cancel,
    long cancelMillis,
    long beatMillis) {

  enum Stage {
    WAITING,
    OFFERED,
    RUNNING,
    ENDED
  }

  static RunState waiting(long untilMillis) {
    return new RunState(Stage.WAITING, 0, 0, untilMillis, 0, false, null, 0, 0);
  }

  boolean isUnder(long said) {
    return lease != 0 && lease == said;
  }

  RunState waitsAgain(long untilMillis) {
    return new RunState(Stage.WAITING, 0, attempts, untilMillis, 0, false, cancel, cancelMillis, 0);
  }

  RunState offered(long under, long untilMillis) {
    return new RunState(
        Stage.OFFERED, under, attempts + 1, untilMillis, 0, false, cancel, cancelMillis, 0);
  }

  RunState running(long nowMillis, long untilMillis) {
    return new RunState(
        Stage.RUNNING,
        lease,
        attempts,
        untilMillis,
        nowMillis,
        false,
        cancel,
        cancelMillis,
        nowMillis);
  }

  /// It runs as it did before its desk was restored: its worker has the whole lease to come back.
  RunState restored(long nowMillis) {
    return new RunState(
        stage, lease, attempts, dueMillis, nowMillis, false, cancel, cancelMillis, nowMillis);
  }

  RunState heard(long nowMillis) {
    return new RunState(
        stage, lease, attempts, dueMillis, nowMillis, false, cancel, cancelMillis, beatMillis);
  }

  RunState stalls() {
    return new RunState(
        stage, lease, attempts, dueMillis, heardMillis, true, cancel, cancelMillis, beatMillis);
  }

  RunState beats(long nowMillis) {
    return new RunState(
        stage, lease, attempts, dueMillis, heardMillis, stalled, cancel, cancelMillis, nowMillis);
  }

  RunState cancelling(CancelOrder order, long atMillis) {
    return new RunState(
        stage, lease, attempts, dueMillis, heardMillis, stalled, order, atMillis, beatMillis);
  }

  RunState ended() {
    return new RunState(
        Stage.ENDED, 0, attempts, Long.MAX_VALUE, 0, false, cancel, cancelMillis, 0);
  }
}
