package io.pushrod.server.run;

import io.pushrod.codec.ErrorCode;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.run.RunAnswer.Refused;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// What a desk refuses before it takes it, and why. Each refusal is counted.
///
/// **Thread:** the desk's shard.
final class Admission {
  private static final long QUEUE_RETRY_MILLIS = 1_000;

  private final Desk desk;
  private final Shard shard;
  private final Inboxes inboxes;
  private final PublishRates starts;
  private final RunStore store;

  Admission(Desk desk, Inboxes inboxes, PublishRates starts, RunStore store) {
    this.desk = desk;
    this.shard = desk.shard();
    this.inboxes = inboxes;
    this.starts = starts;
    this.store = store;
  }

  /// Why a run may not begin now; null if it may.
  @Nullable Refused judge(RunStart start) {
    if (shard.isDraining()) {
      shard.metrics().count(Counter.DRAIN_REFUSED);
      return new Refused(ErrorCode.UNAVAILABLE, "run: server is shutting down", 1_000);
    }
    Refused unstored = judgeStore();
    if (unstored != null) {
      return unstored;
    }
    if (start.runId() != null
        && (desk.book().find(start.runId()) != null
            || desk.book().past().find(start.runId()) != null)) {
      return new Refused(ErrorCode.BAD_ID, "run_id: taken (expected: another)", 0);
    }
    Counter usedUp = desk.book().usedUp(start.who().user());
    if (usedUp != null) {
      shard.metrics().count(usedUp);
      return new Refused(
          ErrorCode.RUN_QUOTA, "runs: too many (expected: fewer at a time)", QUEUE_RETRY_MILLIS);
    }
    String inbox = Run.inbox(start.agent());
    Refused full = judgeQueue(inbox, start.input().length());
    if (full != null) {
      return full;
    }
    long waitNanos = starts.take(desk.tenant(), 1, shard.clock().nanos());
    if (waitNanos > 0) {
      shard.metrics().count(Counter.QUOTA_RUN_STARTS);
      long waitMillis = TimeUnit.NANOSECONDS.toMillis(waitNanos) + 1;
      return new Refused(
          ErrorCode.RATE_LIMITED, "run: faster than the tenant may start them", waitMillis);
    }
    return null;
  }

  /// Why a message may not be taken now; null if it may.
  @Nullable Refused judge(Request message) {
    Refused unstored = judgeStore();
    return unstored != null ? unstored : judgeQueue(message.inbox(), message.payload().length());
  }

  private @Nullable Refused judgeStore() {
    String obstacle = store.obstacle();
    if (obstacle == null) {
      return null;
    }
    shard.metrics().rejected(ErrorCode.OVERLOADED);
    return new Refused(ErrorCode.UNAVAILABLE, "storage: " + obstacle, QUEUE_RETRY_MILLIS);
  }

  private @Nullable Refused judgeQueue(String name, int bytes) {
    Counter limit = inboxes.usedUp(name, bytes);
    if (limit == null) {
      return null;
    }
    shard.metrics().count(limit);
    return new Refused(
        ErrorCode.NO_WORKER,
        "inbox: " + name + " is full (expected: a worker that takes from it)",
        QUEUE_RETRY_MILLIS);
  }
}
