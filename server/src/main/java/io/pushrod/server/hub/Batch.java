package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/// Publications of one source on their way through the owners of their topics, and what became of
/// each.
///
/// **Thread:** made and completed on the origin shard. In between each owner writes the outcomes of
/// its own topics, which the countdown publishes.
public final class Batch {
  /// Hears that every topic of every publication has an outcome. **Thread:** the origin shard.
  public interface Completion {
    void onCompleted(Batch batch);
  }

  private final List<Publication> publications;
  private final @Nullable Producer producer;
  private final long handedOverUpTo;
  private final ByteBuf source;
  private Completion completion;
  private final int[] firstOutcome;
  private final long[] outcomes;
  private final long[] epochs;
  private final AtomicInteger pendingOwners = new AtomicInteger();
  private boolean heldBack;
  private boolean awaited;
  private boolean completed;
  private volatile boolean abandoned;

  /// A batch without producer sequences.
  ///
  /// @param source holds the payloads; the batch owns it and releases it when all is appended
  public Batch(List<Publication> publications, ByteBuf source, Completion completion) {
    this(publications, null, 0, source, completion);
  }

  /// @param producer whose sequences the publications carry; null when they carry none
  /// @param handedOverUpTo publications up to this producer sequence were given to their owners
  ///   before: they are answered, not stored
  /// @param source holds the payloads; the batch owns it and releases it when all is appended
  public Batch(
      List<Publication> publications,
      @Nullable Producer producer,
      long handedOverUpTo,
      ByteBuf source,
      Completion completion) {
    this.publications = publications;
    this.producer = producer;
    this.handedOverUpTo = handedOverUpTo;
    this.source = source;
    this.completion = completion;
    this.firstOutcome = new int[publications.size() + 1];
    for (int i = 0; i < publications.size(); i++) {
      firstOutcome[i + 1] = firstOutcome[i] + publications.get(i).topicCount();
    }
    this.outcomes = new long[firstOutcome[publications.size()]];
    this.epochs = new long[outcomes.length];
  }

  /// Says that somebody waits for what becomes of it: the answer comes within
  /// `storage.refuse_after`, as [ErrorCode#OUTCOME_UNKNOWN] when it is not known by then.
  ///
  /// @return this
  public Batch awaited() {
    awaited = true;
    return this;
  }

  boolean isAwaited() {
    return awaited;
  }

  boolean isCompleted() {
    return completed;
  }

  /// Says that nobody waits for it any more, and that its publisher will come with all of it again.
  /// What no store was given yet need not be stored. **Thread:** any.
  public void abandon() {
    abandoned = true;
  }

  /// **Thread:** any.
  boolean isAbandoned() {
    return abandoned;
  }

  /// Tells whoever waits that the outcome is not known. What its owners say later is heard by
  /// nobody.
  void giveUp() {
    Batch unknown = new Batch(publications, Unpooled.EMPTY_BUFFER, completion);
    Arrays.fill(unknown.outcomes, Appended.failed(ErrorCode.OUTCOME_UNKNOWN));
    completion = _ -> {};
    completed = true;
    unknown.complete();
  }

  public List<Publication> publications() {
    return publications;
  }

  @Nullable Producer producer() {
    return producer;
  }

  /// Whether this is a retry of what was given to the owners before.
  boolean isRetry(Publication publication) {
    return producer != null && publication.producerSequence() <= handedOverUpTo;
  }

  /// The sequence given, 0 for a signal or a duplicate whose sequence is no longer known, or a
  /// failure ([io.pushrod.server.log.Appended]).
  public long outcome(int publication, int topic) {
    return outcomes[firstOutcome[publication] + topic];
  }

  /// The epoch of the topic's log; 0 when nothing was stored.
  public long epoch(int publication, int topic) {
    return epochs[firstOutcome[publication] + topic];
  }

  /// Notes that its origin has to wait with it.
  ///
  /// @return whether this is the first time
  boolean holdBack() {
    boolean first = !heldBack;
    heldBack = true;
    return first;
  }

  /// Whether it comes from a producer that is to wait while memory is used up: it does, unless all
  /// of it is lifecycle events, which have a reserve, and signals, which are not stored.
  boolean waitsForMemory() {
    if (producer == null) {
      return false;
    }
    for (int i = 0; i < publications.size(); i++) {
      EventClass eventClass = publications.get(i).type().eventClass();
      if (eventClass != EventClass.LIFECYCLE && eventClass != EventClass.SIGNAL) {
        return true;
      }
    }
    return false;
  }

  void settle(int publication, int topic, long outcome, long epoch) {
    int at = firstOutcome[publication] + topic;
    outcomes[at] = outcome;
    epochs[at] = epoch;
  }

  void expect(int owners) {
    pendingOwners.setRelease(owners);
  }

  /// One owner is done.
  ///
  /// @return whether it was the last
  boolean ownerDone() {
    return pendingOwners.decrementAndGet() == 0;
  }

  void complete() {
    completed = true;
    source.release();
    completion.onCompleted(this);
  }

  /// Frees a batch that was never published.
  public void discard() {
    source.release();
  }
}
