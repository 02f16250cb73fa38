package io.pushrod.server.log;

import io.netty.buffer.Unpooled;
import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The ordered history of one topic.
///
/// **Thread:** the owner shard appends, trims, watches; methods under "any thread" may be called
/// from everywhere.
/* Where a store holds the log, memory holds the newest part of it, from `residentFrom` on, and pages of older events
 * while somebody reads them. What is appended is published when it is stored: [#append] and [#publish] are two steps
 * then, and one otherwise.
 *
 * The log is a list of segments, and the number of its last event, published after the event. A reader takes
 * `lastSequence` first, then the segment that holds what it wants: what it saw published is there, or was trimmed
 * meanwhile, which `firstSequence` tells. Trimming is exact by event in `firstSequence`; memory goes by whole segments. */
public final class TopicLog {
  /// How long an empty log without readers keeps its epoch.
  private static final long GRACE_MILLIS = 60_000;

  /// What was published behind the last event that the log takes.
  private static final long SEALED = Appended.failed(ErrorCode.FENCED);

  private final TopicKey key;
  private final long epoch;
  private final LogContext context;
  private final EventEncoder.LogParts parts;
  private final LogSegments segments;
  private final LifecycleShelf shelf;
  private final LogWatchers watchers = new LogWatchers();
  private @Nullable ProducerLedger producers;
  private long disposableSinceMillis;
  private volatile long firstSequence = 1;
  private volatile long lastSequence;

  /// The last sequence given; the events behind [#lastSequence] wait for their store.
  private long appended;

  /// Whether the event at `appended` is the last one.
  private boolean ended;

  /// The oldest event in [#segments], or the next one.
  private volatile long residentFrom = 1;

  /// Null until the first one.
  private volatile @Nullable LogPages pages;

  private long idleSinceSequence;

  /// Set after the sequence of the last event: who sees it finds that one.
  private volatile boolean sealed;

  /// Types that are stored; null for all.
  private @Nullable Predicate<EventType> kept;

  private volatile @Nullable Readers readers;

  /// Set before the log is handed out.
  private @Nullable Cursor former;

  /// A log of which a store has more than memory; [#restore] brings its newest events.
  ///
  /// @param next the sequence of the first event that is restored or appended
  public static TopicLog stored(TopicKey key, long epoch, long first, long next, LogContext of) {
    TopicLog log = new TopicLog(key, epoch, of);
    log.firstSequence = first;
    log.residentFrom = next;
    log.appended = next - 1;
    log.lastSequence = next - 1;
    return log;
  }

  /// @param epoch fresh and random, at least 1
  public TopicLog(TopicKey key, long epoch, LogContext context) {
    this.key = key;
    this.epoch = epoch;
    this.context = context;
    this.parts = EventEncoder.LogParts.of(key, epoch, context.env());
    this.segments = new LogSegments(context);
    this.shelf = new LifecycleShelf(context.retention().lifecycleBytes(), context.account());
  }

  // Owner side.

  /// Gives `event` the next sequence and makes it readable.
  ///
  /// @param producer whose retry it may be; null when the publisher has no sequences
  /// @return the sequence (the first one's for a duplicate, 0 when that is no longer known) or an
  ///   [Appended] code
  public long append(Publication event, @Nullable Producer producer, long nowMillis) {
    if (producer != null) {
      long known = judge(producer, event.producerSequence);
      if (known != Appended.FRESH) {
        return known;
      }
    }
    if (ended) {
      return SEALED;
    }
    if (kept != null && !kept.test(event.type)) {
      return leaveOut(event, producer);
    }
    long sequence = appended + 1;
    long timestamp = event.timestampMillis == 0 ? nowMillis : event.timestampMillis;
    int length = context.encoder().encode(parts, sequence, event, timestamp);
    boolean sacred = event.type.eventClass() == EventClass.LIFECYCLE;
    Segment segment = segments.tailFor(length, sequence, nowMillis, sacred);
    if (segment == null) {
      return Appended.NO_ROOM;
    }
    context.encoder().copyTo(segment.bytes(), segment.writeOffset(), event);
    if (producer != null && producers != null) {
      segment.noteProducer(producers.slot(), event.producerSequence);
      producers.accept(event.producerSequence);
    }
    segments.add(segment, length, event.type, nowMillis);
    appended = sequence;
    if (event.rule != null && event.topics[0].equals(key)) {
      begin(event.rule);
    }
    if (!context.isStored()) {
      segment.publish(sequence);
      lastSequence = sequence;
      sealed = ended;
      trim(nowMillis);
    }
    return sequence;
  }

  private void begin(LogRule rule) {
    switch (rule) {
      case LogRule.Keep(Predicate<EventType> types) -> kept = types;
      case LogRule.Seal() -> ended = true;
    }
  }

  // Where a store holds the log.

  /// The last sequence given, published or not.
  public long appendedSequence() {
    return appended;
  }

  /// Makes what was appended readable up to `sequence`, which is stored.
  public void publish(long sequence, long nowMillis) {
    if (sequence <= lastSequence) {
      return;
    }
    segments.publish(sequence, lastSequence);
    lastSequence = sequence;
    sealed = ended && sequence == appended;
    trim(nowMillis);
  }

  /// Brings back the event behind those that are here, stored and published already. Without memory
  /// for it, it is left to pages.
  public void restore(Publication event, long appendedMillis) {
    long sequence = appended + 1;
    int length = context.encoder().encode(parts, sequence, event, event.timestampMillis);
    Segment segment = segments.tailFor(length, sequence, appendedMillis, false);
    appended = sequence;
    if (segment == null) {
      dropResident(segments.count());
      residentFrom = sequence + 1;
    } else {
      context.encoder().copyTo(segment.bytes(), segment.writeOffset(), event);
      segments.add(segment, length, event.type, appendedMillis);
      segment.publish(sequence);
    }
    lastSequence = sequence;
  }

  /// Brings back what else is known of the log.
  public void restore(@Nullable Readers declared, boolean isSealed) {
    if (declared != null && !declared.equals(readers)) {
      readers = declared;
    }
    if (isSealed) {
      ended = true;
      sealed = true;
    }
  }

  /// The log has the events of another up to and with this cursor, under the same sequences.
  ///
  /// @param last null when it goes on from none
  public void goesOnFrom(@Nullable Cursor last) {
    former = last;
  }

  /// Whether it keeps some types only.
  public boolean isKept() {
    return kept != null;
  }

  /// From now on the log keeps such types only.
  public void keep(Predicate<EventType> types) {
    kept = types;
  }

  /// Brings back what is known of a producer.
  public void restore(Producer producer, long producerSequence) {
    if (producers == null) {
      producers = new ProducerLedger(context.producersPerTopic());
    }
    producers.restore(producer.id(), producer.epoch(), producerSequence);
  }

  /// The store has nothing below `first` any more, but for what comes along.
  ///
  /// @param shelved lifecycle events below it that are still known, in order; with them go those
  ///   that were
  public void trimmedTo(long first, List<ShelvedEvent> shelved) {
    shelf.replace(shelved);
    if (first <= firstSequence) {
      return;
    }
    long until = Math.min(first, lastSequence + 1);
    context.trimmed(until - firstSequence);
    firstSequence = until;
    dropResident(Math.min(segments.before(until), Math.max(0, segments.count() - 1)));
    dropPages(page -> page.lastSequence() < until);
  }

  /// An event that outlived what was stored around it.
  public ShelvedEvent shelve(long sequence, Publication event) {
    byte[] frame =
        new byte[context.encoder().encode(parts, sequence, event, event.timestampMillis)];
    context.encoder().copyTo(Unpooled.wrappedBuffer(frame), 0, event);
    return new ShelvedEvent(sequence, event.type, frame);
  }

  /// Adds older events while somebody reads them.
  ///
  /// @param first the sequence of the first
  /// @param appendedMillis of the oldest of them
  /// @return false when there is no memory for them
  public boolean addPage(long first, List<Publication> events, long appendedMillis) {
    LogPages all = pages;
    if (all == null) {
      all = new LogPages(context, parts);
      pages = all;
    }
    return all.add(first, events, appendedMillis, segments);
  }

  private void dropPages(Predicate<Segment> which) {
    LogPages all = pages;
    if (all != null) {
      all.drop(which);
    }
  }

  /// Leaves to the store what need not be in memory.
  private void evict(long nowMillis) {
    dropResident(segments.surplus(lastSequence, watchers.count() > 0));
    LogPages all = pages;
    if (all != null) {
      all.expire(nowMillis);
    }
  }

  private void dropResident(int drop) {
    if (drop > 0) {
      residentFrom = segments.firstBehind(drop, appended + 1);
      segments.drop(drop);
    }
  }

  /// How many publications of producers were taken, stored or not; a duplicate is not.
  public long taken() {
    return producers == null ? 0 : producers.taken();
  }

  /// A retry of it is a duplicate like any other.
  private long leaveOut(Publication event, @Nullable Producer producer) {
    if (producer != null && producers != null) {
      producers.accept(event.producerSequence);
    }
    return 0;
  }

  /// Replaces who may read.
  ///
  /// @param producer whose retry it may be; null when the publisher has no sequences
  /// @return 0, or an [Appended] code
  public long declare(Readers declared, @Nullable Producer producer, long producerSequence) {
    if (producer != null) {
      long known = judge(producer, producerSequence);
      if (known != Appended.FRESH) {
        return known;
      }
      if (producers != null) {
        producers.accept(producerSequence);
      }
    }
    if (!declared.equals(readers)) {
      readers = declared;
    }
    return 0;
  }

  /// The sequence of what a producer published here before; 0 when it is not known, or was not
  /// stored.
  public long find(Producer producer, long producerSequence) {
    int slot = producers == null ? 0 : producers.slot(producer.id(), producer.epoch());
    return slot == 0 ? 0 : segments.find(slot, producerSequence);
  }

  /// Passes a signal to the watchers; nothing is stored.
  public void signal(Publication event, long nowMillis) {
    watchers.signal(event, nowMillis, context, parts);
  }

  /// Tells the watchers that events were appended.
  ///
  /// @param nanos when the first of them was
  public void announce(long nanos) {
    watchers.announce(nanos);
  }

  public void watch(LogWatcher watcher) {
    watchers.add(watcher);
  }

  public void unwatch(LogWatcher watcher) {
    watchers.remove(watcher);
  }

  /// How many shards have readers of it.
  public int watchers() {
    return watchers.count();
  }

  /// Whether nobody reads here and everything is stored, so that memory needs none of it.
  private boolean isIdle() {
    boolean idle =
        watchers.count() == 0 && appended == lastSequence && idleSinceSequence == appended;
    idleSinceSequence = appended;
    return idle;
  }

  /// Whether nobody reads here, no history is left and no readers are declared, so that the log may
  /// go.
  public boolean isDisposable() {
    Readers declared = readers;
    return watchers.count() == 0
        && firstSequence > lastSequence
        && (declared == null || !declared.declared());
  }

  /// Whether the log has been disposable for a while, so that a reader which comes back soon finds
  /// the epoch it knows. To be asked now and then: it counts from the first time that it was.
  public boolean isForgettable(long nowMillis) {
    if (context.isStored() ? !isIdle() : !isDisposable()) {
      disposableSinceMillis = 0;
      return false;
    }
    if (disposableSinceMillis == 0) {
      disposableSinceMillis = nowMillis;
    }
    return nowMillis - disposableSinceMillis >= GRACE_MILLIS;
  }

  /// Drops what retention no longer keeps.
  public void trim(long nowMillis) {
    if (context.isStored()) {
      evict(nowMillis);
      return;
    }
    long first =
        segments.firstKept(firstSequence, lastSequence, nowMillis, watchers.count() > 0, shelf);
    if (first != firstSequence) {
      context.trimmed(first - firstSequence);
      firstSequence = first;
    }
    segments.drop(segments.before(first));
  }

  /// Frees everything; the log is not used after.
  public void close() {
    firstSequence = lastSequence + 1;
    segments.drop(segments.count());
    dropPages(_ -> true);
    shelf.close();
  }

  private long judge(Producer producer, long producerSequence) {
    if (producers == null) {
      producers = new ProducerLedger(context.producersPerTopic());
    }
    return switch (producers.judge(producer.id(), producer.epoch(), producerSequence)) {
      case FRESH -> Appended.FRESH;
      case STALE_EPOCH -> Appended.STALE_EPOCH;
      case DUPLICATE -> {
        context.duplicate();
        yield segments.find(producers.slot(), producerSequence);
      }
    };
  }

  // Any thread.

  public TopicKey key() {
    return key;
  }

  public long epoch() {
    return epoch;
  }

  /// The text of the epoch, which every event id begins with; not to be changed.
  public byte[] epochText() {
    return parts.epoch().bytes;
  }

  /// Who was declared to read, the same object until that changes; null when nobody ever was. What
  /// is appended after a change is published after it.
  public @Nullable Readers readers() {
    return readers;
  }

  /// The oldest sequence still retained; `lastSequence + 1` when there is none.
  public long firstSequence() {
    return firstSequence;
  }

  /// The newest sequence, 0 when none was ever given.
  public long lastSequence() {
    return lastSequence;
  }

  /// Whether the newest event is the last one. Asked before [#lastSequence], that one is final.
  public boolean isSealed() {
    return sealed;
  }

  /// Whether a reader may go on behind a cursor. One ahead of its log is as good as one of another:
  /// the log it was given by is gone.
  public boolean continues(Cursor after) {
    if (after.epoch() == epoch) {
      return after.sequence() <= lastSequence;
    }
    Cursor of = former;
    return of != null && after.epoch() == of.epoch() && after.sequence() <= of.sequence();
  }

  /// The segment that holds `sequence`, with a reference that the caller releases; null when it is
  /// trimmed or not yet there.
  public @Nullable Segment acquire(long sequence) {
    while (sequence >= firstSequence && sequence <= lastSequence) {
      if (sequence < residentFrom) {
        LogPages all = pages;
        return all == null ? null : all.acquire(sequence);
      }
      Segment segment = segments.locate(sequence);
      if (segment != null && segment.tryRetain()) {
        return segment;
      }
    }
    return null;
  }

  /// Whether an event is stored, but not in memory: whoever wants it asks the owner for a page.
  public boolean isAbsent(long sequence) {
    if (sequence < firstSequence || sequence > lastSequence || sequence >= residentFrom) {
      return false;
    }
    LogPages all = pages;
    return (all == null || !all.has(sequence)) && sequence < residentFrom;
  }

  /// Lifecycle events with `after < sequence < before` that outlived their segments, in order.
  public List<ShelvedEvent> shelved(long after, long before) {
    return shelf.between(after, before);
  }

  /// Bytes from behind `cursor` to the end of the log, as far as they are retained; of what is not
  /// in memory about.
  public long bytesAfter(long cursor) {
    return LogBytes.after(this, cursor, residentFrom);
  }

  /// The largest cursor behind which at least `bytes` bytes remain to be read, or the one before
  /// the first event.
  public long cursorBefore(long bytes) {
    return LogBytes.cursorBefore(this, bytes);
  }
}
