package io.pushrod.server.relay;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.EventTypes;
import io.pushrod.server.log.LogRule;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// The way of one row's messages into their topics, with what waits on it.
///
/// All go through one shard, so that the order of a channel is the order of its topic.
///
/// **Thread:** the relay's, unless a method says otherwise.
final class Inflow {
  private static final int BATCH = 256;
  private static final long RETRY_MILLIS = 10;

  private final Shard origin;
  private final EventTypes types;
  private final @Nullable Producer producer;
  private final long limitBytes;
  private final Executor relay;
  private final AtomicLong bytes = new AtomicLong();
  private List<Publication> next = new ArrayList<>();
  private long nextBytes;

  /// Batches that the hub had no room for. **Thread:** the shard.
  private final Deque<Waiting> held = new ArrayDeque<>();

  private record Waiting(Batch batch, long size) {}

  /// @param producer who numbers the events; null when nobody does
  /// @param relay runs tasks on the relay's thread, in order
  Inflow(
      Shard origin,
      EventTypes types,
      @Nullable Producer producer,
      long limitBytes,
      Executor relay) {
    this.origin = origin;
    this.types = types;
    this.producer = producer;
    this.limitBytes = limitBytes;
    this.relay = relay;
  }

  /// Takes room for a message, of which at most one goes beyond the bound. **Thread:** any.
  ///
  /// @return false when there is none
  boolean tryTake(int size) {
    if (bytes.get() >= limitBytes) {
      return false;
    }
    take(size);
    return true;
  }

  /// Takes room, or with a negative size gives it back. **Thread:** any.
  void take(long size) {
    bytes.addAndGet(size);
  }

  /// Whether there would be room if `others` bytes of what waits did not count.
  boolean hasRoomBeside(long others) {
    return bytes.get() - others < limitBytes;
  }

  /// What waits. **Thread:** any.
  long bytes() {
    return bytes.get();
  }

  /// Whether an event is of this moment only, and not stored.
  boolean isSignal(Relayed event) {
    return types.of(event.type(), null).eventClass() == EventClass.SIGNAL;
  }

  /// Publishes an event, with all that are added before the relay's next task.
  void add(TopicKey topic, Relayed event) {
    Publication publication =
        new Publication(
            new TopicKey[] {topic},
            types.of(event.type(), null),
            event.ids().getBytes(US_ASCII),
            event.timestampMillis(),
            event.sequence(),
            event.data(),
            event.data().readerIndex(),
            event.data().readableBytes());
    take(event.bytes());
    nextBytes += event.bytes();
    next.add(event.last() ? publication.with(new LogRule.Seal()) : publication);
    if (next.size() == 1) {
      relay.execute(this::flush);
    } else if (next.size() == BATCH) {
      flush();
    }
  }

  private void flush() {
    if (next.isEmpty()) {
      return;
    }
    long size = nextBytes;
    Batch batch =
        new Batch(next, producer, 0, Unpooled.EMPTY_BUFFER, done -> onCompleted(done, size));
    next = new ArrayList<>();
    nextBytes = 0;
    try {
      origin.loop().execute(() -> offer(new Waiting(batch, size)));
    } catch (RejectedExecutionException e) {
      take(-size); // the server has ended
    }
  }

  // On the shard.

  private void offer(Waiting batch) {
    if (!held.isEmpty() || !publish(batch)) {
      held.add(batch);
      if (held.size() == 1) {
        retryLater();
      }
    }
  }

  private void retryLater() {
    var _ = origin.loop().schedule(this::retry, RETRY_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void retry() {
    while (!held.isEmpty() && publish(held.getFirst())) {
      held.removeFirst();
    }
    if (!held.isEmpty()) {
      retryLater();
    }
  }

  /// @return false when the hub has no room now
  private boolean publish(Waiting waiting) {
    if (origin.isDraining()) {
      origin.metrics().count(Counter.DRAIN_REFUSED, waiting.batch.publications().size());
      take(-waiting.size);
      return true;
    }
    return origin.publish(waiting.batch);
  }

  private void onCompleted(Batch batch, long size) {
    take(-size);
    for (int i = 0; i < batch.publications().size(); i++) {
      long outcome = batch.outcome(i, 0);
      if (Appended.isFailure(outcome)) {
        boolean ended = Appended.error(outcome) == ErrorCode.FENCED;
        origin.metrics().count(ended ? Counter.RELAY_ENDED : Counter.RELAY_REFUSED);
      }
    }
  }
}
