package io.pushrod.server.transport.ingest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.CloseReason;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.ProtocolException;
import io.pushrod.codec.RequestException;
import io.pushrod.codec.ingest.IngestFrame;
import io.pushrod.codec.ingest.PublishReader;
import io.pushrod.server.guard.Action;
import io.pushrod.server.hub.Batch;
import io.pushrod.server.hub.Shard;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.Publication;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.quota.PublishRates;
import io.pushrod.server.surface.Access;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The publish frames of one connection, on their way to the owners of their topics and back as
/// acks.
///
/// **Thread:** its connection.
final class PublishLane {
  private static final long PARKED_NANOS = TimeUnit.MILLISECONDS.toNanos(1);

  /// When a topic may have gone, so that there is room for another.
  private static final int QUOTA_RETRY_MILLIS = 10_000;

  private static final long TOPIC_QUOTA = Appended.failed(ErrorCode.TOPIC_QUOTA);
  private static final long SEALED = Appended.failed(ErrorCode.FENCED);

  /// The connection whose lane it is.
  interface Owner {
    /// Whether nobody has replaced or fenced it.
    boolean holdsProducer();

    /// Whether the goodbye is said, so that nothing more is.
    boolean isGone();

    /// A batch has to wait, or waits no longer.
    void onParked(boolean parked);

    /// Everything up to `sequence` is acknowledged.
    ///
    /// @param refusal why nothing behind it will be acknowledged; null when it will
    void onAcknowledged(long sequence, @Nullable CloseReason refusal);
  }

  private final Owner owner;
  private final Shard shard;
  private final Greeted who;
  private final Access access;
  private final EventIntake intake;
  private final PublishRates rates;
  private final FrameOutbox outbox;
  private final InFlightFrames inFlight;
  private final PublishReader reader = new PublishReader();

  /// A batch whose owners had no room, the newest in flight. Nothing is read meanwhile.
  private @Nullable Batch parked;

  /// Events of the newest batch that its tenant's rate has not let pass yet.
  private int unpaced;

  private long nextSequence;

  PublishLane(
      Owner owner,
      Shard shard,
      Greeted who,
      Access access,
      EventIntake intake,
      PublishRates rates,
      FrameOutbox outbox,
      InFlightFrames inFlight) {
    this.owner = owner;
    this.shard = shard;
    this.who = who;
    this.access = access;
    this.intake = intake;
    this.rates = rates;
    this.outbox = outbox;
    this.inFlight = inFlight;
  }

  boolean isParked() {
    return parked != null;
  }

  /// When the oldest frame was taken that is not acknowledged.
  ///
  /// @param none what to answer when there is none
  long oldestNanos(long none) {
    return inFlight.oldestNanos(none);
  }

  /// Whether everything is acknowledged.
  boolean isEmpty() {
    return inFlight.isEmpty();
  }

  /// The last event that the peer has published on this connection, 0 for none.
  long lastSequence() {
    return Math.max(0, nextSequence - 1);
  }

  // In.

  /// @param in holds the frame
  void take(IngestFrame.Publish frame, ByteBuf in) {
    checkSequence(frame);
    try {
      inFlight.checkRoom(frame);
    } catch (ProtocolException e) {
      metrics().count(Counter.LIMIT_INGEST_WINDOW);
      throw e;
    }
    List<Publication> publications = new ArrayList<>(frame.count());
    int[] places = new int[frame.count()];
    reader.reset(frame);
    for (int i = 0; reader.next(); i++) {
      places[i] = takeEvent(in, publications);
    }
    nextSequence = frame.lastSequence() + 1;
    InFlight entry = new InFlight(frame.lastSequence(), frame.length(), places, shard.nowNanos());
    inFlight.add(entry);
    unpaced = publications.size();
    Batch batch =
        new Batch(
            publications,
            who.producer(),
            who.state().lastSequence(),
            publications.isEmpty() ? Unpooled.EMPTY_BUFFER : in.retain(),
            done -> {
              entry.done(done);
              rejectFailed(done);
              acknowledge();
            });
    entry.begin(batch);
    publish(batch);
  }

  /// @return the event's place in the batch, or that it was rejected
  private int takeEvent(ByteBuf in, List<Publication> publications) {
    try {
      // What was taken before keeps its answer.
      if (reader.sequence() > who.state().lastSequence()) {
        access.check(metrics(), who.acting(), Action.PUBLISH);
      }
      publications.add(intake.take(reader, in, metrics()));
      return publications.size() - 1;
    } catch (RequestException e) {
      metrics().rejected(e.code());
      if (e.code() == ErrorCode.TOO_LARGE) {
        metrics().count(Counter.LIMIT_EVENT_BYTES);
      }
      outbox.add(
          new IngestFrame.Reject(reader.sequence(), e.code(), 0, String.valueOf(e.getMessage())));
      return InFlight.rejected(reader.topicCount());
    }
  }

  /// A connection may begin with what was sent before, but not skip ahead of what this server
  /// knows, unless others may know more; then it goes on without holes.
  private void checkSequence(IngestFrame.Publish frame) {
    long first = frame.firstSequence();
    boolean begins = nextSequence == 0;
    boolean fits = begins ? who.state().mayBeginWith(first) : first == nextSequence;
    if (!fits) {
      throw new ProtocolException(
          CloseReason.SEQUENCE_GAP,
          "sequence: %d (expected: %s%d)"
              .formatted(
                  first,
                  begins ? "<= " : "",
                  begins ? who.state().lastSequence() + 1 : nextSequence));
    }
  }

  // To the owners.

  /// Hands a batch on; while its tenant publishes too fast, or an owner has no room for it, nothing
  /// more is read.
  private void publish(Batch batch) {
    boolean wasParked = parked != null;
    parked = null;
    long waitNanos = paceNanos();
    if (waitNanos == 0 && shard.publish(batch)) {
      who.state().handedOver(nextSequence - 1);
      return;
    }
    parked = batch;
    if (!wasParked) {
      owner.onParked(true);
      if (waitNanos > 0) {
        metrics().count(Counter.QUOTA_PUBLISHES);
      }
    }
    var _ =
        shard
            .loop()
            .schedule(() -> retry(batch), Math.max(waitNanos, PARKED_NANOS), TimeUnit.NANOSECONDS);
  }

  /// How long the newest batch must wait for its tenant's rate; it is asked for once only.
  private long paceNanos() {
    if (unpaced == 0) {
      return 0;
    }
    long waitNanos = rates.take(who.acting().tenant(), unpaced, shard.clock().nanos());
    if (waitNanos == 0) {
      unpaced = 0;
    }
    return waitNanos;
  }

  private void retry(Batch batch) {
    if (parked != batch || !owner.holdsProducer()) {
      return;
    }
    publish(batch);
    if (parked == null) {
      owner.onParked(false);
    }
  }

  // Back.

  /// Tells which events an owner did not take; their ack follows.
  private void rejectFailed(Batch done) {
    if (owner.isGone()) {
      return;
    }
    for (int i = 0; i < done.publications().size(); i++) {
      Publication publication = done.publications().get(i);
      for (int t = 0; t < publication.topicCount(); t++) {
        if (rejectFailed(publication, t, done.outcome(i, t))) {
          break;
        }
      }
    }
  }

  /// Whether a log refused no more than this event: it would begin a topic too many, or its topic
  /// has had its last event.
  static boolean isRejection(long outcome) {
    return outcome == TOPIC_QUOTA || outcome == SEALED;
  }

  private boolean rejectFailed(Publication publication, int topic, long outcome) {
    if (outcome == TOPIC_QUOTA) {
      reject(
          publication,
          ErrorCode.TOPIC_QUOTA,
          QUOTA_RETRY_MILLIS,
          "topics: all used (expected: fewer than quotas.topics_per_tenant)");
      return true;
    }
    if (outcome == SEALED) {
      metrics().rejected(ErrorCode.FENCED);
      reject(
          publication,
          ErrorCode.FENCED,
          0,
          "topic: " + publication.topic(topic).name() + " (expected: one that has not ended)");
      return true;
    }
    return false;
  }

  private void reject(Publication publication, ErrorCode code, int retryMillis, String message) {
    outbox.add(new IngestFrame.Reject(publication.producerSequence(), code, retryMillis, message));
  }

  /// Acknowledges everything that is done up to the first frame that is not.
  private void acknowledge() {
    long settled = inFlight.settledUpTo();
    if (settled == 0 || owner.isGone()) {
      return;
    }
    // Whoever reads the ack may come back on another loop and go on behind it.
    who.state().handedOver(settled);
    inFlight.acknowledge(outbox.buffer());
    CloseReason refusal = inFlight.refusal();
    if (refusal != null) {
      clear();
    } else {
      who.state().settled(settled);
    }
    owner.onAcknowledged(settled, refusal);
  }

  // The end.

  /// Gives up the batch that waits, which no owner has seen.
  void discardParked() {
    if (parked != null) {
      parked.discard();
      parked = null;
      inFlight.removeNewest();
    }
  }

  /// Says of what is not acknowledged that its publisher will come with it again.
  void abandon() {
    inFlight.abandon();
  }

  /// Forgets everything that is not acknowledged.
  void clear() {
    discardParked();
    inFlight.clear();
  }

  private ShardMetrics metrics() {
    return shard.metrics();
  }
}
