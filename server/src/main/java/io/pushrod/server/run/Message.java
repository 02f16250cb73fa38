package io.pushrod.server.run;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.codec.ingest.IngestFrame.Settle.Outcome;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.net.Deadline;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One message on its way to a worker, at least once. What no worker takes is told in its topics.
///
/// **Thread:** the desk's shard.
final class Message extends Work {
  /// How soon a desk that may do nothing now is asked again.
  private static final long LATER_MILLIS = 100;

  /// How soon it is tried again to tell that it was not taken, when the topics had no room.
  private static final long RETRY_MILLIS = 100;

  private final Timer timer = new Timer();
  private final long order;
  private long lease;
  private int attempts;
  private boolean over;

  /// What its topics are still to be told; null for nothing.
  private @Nullable Publication untold;

  private final class Timer extends Deadline {
    @Override
    protected void onDeadline(long nowNanos) {
      if (!desk.mayAct()) {
        scheduleIn(LATER_MILLIS);
      } else if (untold != null) {
        tell(untold);
      } else if (lease == 0) {
        undelivered(ErrorCode.NO_WORKER.label());
      } else {
        again("no answer in time");
      }
      desk.dispatch();
    }
  }

  /// @param order its place among all that the desk took
  Message(Desk desk, Request request, long order) {
    super(desk, request);
    this.order = order;
  }

  /// @param stored runs once it is there after a crash
  void store(Runnable stored) {
    if (desk.records().keeps()) {
      desk.records().put(new RunRecord.OfMessage(desk.nowMillis(), order, request), stored);
    } else {
      stored.run();
    }
  }

  void begin() {
    scheduleIn(desk.settings().queueMillis());
  }

  private void scheduleIn(long millis) {
    if (!desk.isClosed()) {
      desk.shard()
          .wheel()
          .schedule(timer, desk.shard().clock().nanos() + TimeUnit.MILLISECONDS.toNanos(millis));
    }
  }

  @Override
  int attempt() {
    return attempts;
  }

  @Override
  void onOffered(long number) {
    lease = number;
    attempts++;
    scheduleIn(desk.settings().leaseMillis());
  }

  /// It needs none; the worker may take its time.
  @Override
  void onAccepted(long number) {
    onRenewed(number, false);
  }

  @Override
  void onRefused(long number, boolean elsewhere, String message) {
    if (elsewhere) {
      again(message);
    } else {
      undelivered("refused");
    }
  }

  @Override
  void onRenewed(long number, boolean back) {
    scheduleIn(desk.settings().leaseMillis());
  }

  @Override
  void onSettled(long number, Outcome outcome, String payload) {
    if (outcome == Outcome.COMPLETED) {
      desk.shard().metrics().count(Counter.MESSAGES_DELIVERED);
      end();
      desk.records().remove(order);
    } else {
      undelivered(outcome == Outcome.FAILED ? WorkerError.parse(payload).code() : "cancelled");
    }
  }

  @Override
  void onWorkerGone(long number) {
    again("its worker is gone");
  }

  private void again(String why) {
    desk.workers().release(this, lease, ErrorCode.FENCED, "offer: " + why);
    lease = 0;
    if (attempts >= desk.settings().attempts()) {
      undelivered(ErrorCode.NO_WORKER.label());
      return;
    }
    desk.inboxes().add(this, true);
    scheduleIn(desk.settings().queueMillis());
  }

  private void undelivered(String code) {
    if (over) {
      return;
    }
    end();
    desk.shard().metrics().count(Counter.MESSAGES_UNDELIVERED);
    ByteBuf data = EventData.undelivered(request.id(), request.user(), code);
    Publication event =
        new Publication(
            request.topics().stream()
                .map(topic -> new TopicKey(desk.tenant(), topic))
                .toArray(TopicKey[]::new),
            desk.types().of("undelivered", EventClass.PLAIN),
            EventData.ids(request.ids()),
            0,
            0,
            data,
            0,
            data.readableBytes());
    tell(event);
  }

  /// It is forgotten when its topics know.
  private void tell(Publication event) {
    untold = null;
    if (!desk.shard()
        .publish(
            new Batch(List.of(event), Unpooled.EMPTY_BUFFER, _ -> desk.records().remove(order)))) {
      untold = event;
      scheduleIn(RETRY_MILLIS);
    }
  }

  @Override
  void abandon() {
    over = true;
    desk.shard().wheel().cancel(timer);
  }

  private void end() {
    over = true;
    desk.inboxes().remove(this);
    desk.workers().release(this, lease, null, "");
    desk.shard().wheel().cancel(timer);
  }
}
