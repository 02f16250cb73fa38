package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The ordered history of one topic.
///
/// **Thread:** the owner shard appends, trims, watches; methods under "any thread" may be called
/// from everywhere.
/* The log is a list of segments, published as a fresh array whenever one is added or dropped, and the number of its
 * last event, published after the event. A reader takes `lastSequence` first, then the segment that holds what it
 * wants: what it saw published is there, or was trimmed meanwhile, which `firstSequence` tells.
 *
 * Trimming is exact by event in `firstSequence`; memory goes by whole segments. Segments double from 2 KiB to 128 KiB
 * as a topic gets busy, so a quiet topic costs little and a busy one gives long contiguous writes. */
public final class TopicLog {
  private static final int SMALLEST_SEGMENT_BYTES = 2 * 1024;

  /// How long an empty log without readers keeps its epoch.
  private static final long GRACE_MILLIS = 60_000;

  /// What is younger is kept under pressure too, so that readers who keep up miss nothing.
  private static final long YOUNG_MILLIS = 1_000;

  private static final int LARGEST_SEGMENT_BYTES = 128 * 1024;

  /// What was published behind the last event that the log takes.
  private static final long SEALED = Appended.failed(ErrorCode.FENCED);

  private final TopicKey key;
  private final long epoch;
  private final LogContext context;
  private final EventEncoder.LogParts parts;
  private final LifecycleShelf shelf;
  private @Nullable ProducerLedger producers;
  private LogWatcher[] watchers = {};
  private long tailPosition;
  private long disposableSinceMillis;
  private volatile Segment[] segments = {};
  private volatile long firstSequence = 1;
  private volatile long lastSequence;

  /// Set after the sequence of the last event: who sees it finds that one.
  private volatile boolean sealed;

  /// Types that are stored; null for all.
  private @Nullable Predicate<EventType> kept;

  private volatile @Nullable Readers readers;

  /// @param epoch fresh and random, at least 1
  public TopicLog(TopicKey key, long epoch, LogContext context) {
    this.key = key;
    this.epoch = epoch;
    this.context = context;
    this.parts = EventEncoder.LogParts.of(key, epoch, context.env());
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
    if (sealed) {
      return SEALED;
    }
    if (kept != null && !kept.test(event.type)) {
      return leaveOut(event, producer);
    }
    long sequence = lastSequence + 1;
    long timestamp = event.timestampMillis == 0 ? nowMillis : event.timestampMillis;
    int length = context.encoder().encode(parts, sequence, event, timestamp);
    boolean sacred = event.type.eventClass() == EventClass.LIFECYCLE;
    Segment segment = tailFor(length, sequence, nowMillis, sacred);
    if (segment == null) {
      return Appended.NO_ROOM;
    }
    context.encoder().copyTo(segment.bytes(), segment.writeOffset(), event);
    if (producer != null && producers != null) {
      segment.noteProducer(producers.slot(), event.producerSequence);
      producers.accept(event.producerSequence);
    }
    segment.publish(length, event.type, nowMillis);
    tailPosition += length;
    lastSequence = sequence;
    if (event.rule != null && event.topics[0].equals(key)) {
      begin(event.rule);
    }
    trim(nowMillis);
    return sequence;
  }

  private void begin(LogRule rule) {
    switch (rule) {
      case LogRule.Keep(Predicate<EventType> types) -> kept = types;
      case LogRule.Seal() -> sealed = true;
    }
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
    return slot == 0 ? 0 : find(slot, producerSequence);
  }

  /// Passes a signal to the watchers; nothing is stored.
  public void signal(Publication event, long nowMillis) {
    if (watchers.length == 0) {
      return;
    }
    ByteBuf json = context.allocator().directBuffer(EventEncoder.maxEventBytes(event.length));
    try {
      long timestamp = event.timestampMillis == 0 ? nowMillis : event.timestampMillis;
      context.encoder().signal(parts, event, timestamp, json);
      for (LogWatcher watcher : watchers) {
        watcher.onSignal(event.type, json);
      }
    } finally {
      json.release();
    }
  }

  /// Tells the watchers that events were appended.
  ///
  /// @param nanos when the first of them was
  public void announce(long nanos) {
    for (LogWatcher watcher : watchers) {
      watcher.onAppended(nanos);
    }
  }

  public void watch(LogWatcher watcher) {
    watchers = Arrays.copyOf(watchers, watchers.length + 1);
    watchers[watchers.length - 1] = watcher;
  }

  public void unwatch(LogWatcher watcher) {
    List<LogWatcher> rest = new ArrayList<>(Arrays.asList(watchers));
    rest.remove(watcher);
    watchers = rest.toArray(LogWatcher[]::new);
  }

  /// How many shards have readers of it.
  public int watchers() {
    return watchers.length;
  }

  /// Whether nobody reads here, no history is left and no readers are declared, so that the log may
  /// go.
  public boolean isDisposable() {
    Readers declared = readers;
    return watchers.length == 0
        && firstSequence > lastSequence
        && (declared == null || !declared.declared());
  }

  /// Whether the log has been disposable for a while, so that a reader which comes back soon finds
  /// the epoch it knows. To be asked now and then: it counts from the first time that it was.
  public boolean isForgettable(long nowMillis) {
    if (!isDisposable()) {
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
    Segment[] all = segments;
    long first = firstSequence;
    int drop = 0;
    while (first <= lastSequence) {
      Segment segment = all[drop];
      if (first > segment.lastSequence()) {
        drop++;
        continue;
      }
      int index = (int) (first - segment.firstSequence());
      Retention.Bound met = boundMet(segment, index, first, nowMillis);
      if (met == null) {
        break;
      }
      if (first == firstSequence) {
        context.bound(met);
      }
      if (segment.type(index).eventClass() == EventClass.LIFECYCLE) {
        shelf.add(segment, index);
      }
      first++;
    }
    if (first > lastSequence) {
      drop = all.length;
    }
    if (first != firstSequence) {
      context.trimmed(first - firstSequence);
      firstSequence = first;
    }
    if (drop > 0) {
      segments = Arrays.copyOfRange(all, drop, all.length);
      for (int i = 0; i < drop; i++) {
        all[i].release();
      }
    }
  }

  private Retention.@Nullable Bound boundMet(
      Segment segment, int index, long sequence, long nowMillis) {
    Retention retention = context.retention();
    if (tailPosition - segment.position(index) > retention.bytes()) {
      return Retention.Bound.BYTES;
    }
    if (lastSequence - sequence + 1 > retention.events()) {
      return Retention.Bound.EVENTS;
    }
    long ageMillis = nowMillis - segment.appendedMillis(index);
    if (ageMillis > retention.ageMillis()) {
      return Retention.Bound.AGE;
    }
    return context.isSqueezed()
            && ageMillis >= YOUNG_MILLIS
            && tailPosition - segment.position(index) > context.squeezedBytes(watchers.length > 0)
        ? Retention.Bound.MEMORY
        : null;
  }

  /// Frees everything; the log is not used after.
  public void close() {
    Segment[] all = segments;
    firstSequence = lastSequence + 1;
    segments = new Segment[0];
    shelf.close();
    for (Segment segment : all) {
      segment.release();
    }
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
        yield find(producers.slot(), producerSequence);
      }
    };
  }

  private long find(int slot, long producerSequence) {
    Segment[] all = segments;
    for (int i = all.length - 1; i >= 0; i--) {
      long sequence = all[i].find(slot, producerSequence);
      if (sequence != 0) {
        return sequence;
      }
    }
    return 0;
  }

  /// The segment that takes the next event; null when there is no memory for it.
  private @Nullable Segment tailFor(int length, long sequence, long nowMillis, boolean sacred) {
    Segment[] all = segments;
    if (all.length > 0 && all[all.length - 1].fits(length, nowMillis)) {
      return all[all.length - 1];
    }
    int wanted =
        all.length == 0
            ? SMALLEST_SEGMENT_BYTES
            : Math.min(2 * all[all.length - 1].capacity(), LARGEST_SEGMENT_BYTES);
    int capacity = Math.max(wanted, length);
    if (!context.memory().reserve(capacity, sacred)) {
      capacity = Math.max(SMALLEST_SEGMENT_BYTES, length);
      if (!context.memory().reserve(capacity, sacred)) {
        return null;
      }
    }
    Segment segment = allocate(capacity, sequence, nowMillis);
    Segment[] next = Arrays.copyOf(all, all.length + 1);
    next[all.length] = segment;
    segments = next;
    return segment;
  }

  private Segment allocate(int capacity, long sequence, long nowMillis) {
    try {
      return new Segment(
          context.allocator(), context.memory(), capacity, sequence, tailPosition, nowMillis);
    } catch (RuntimeException | OutOfMemoryError e) {
      context.memory().release(capacity);
      throw e;
    }
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

  /// The segment that holds `sequence`, with a reference that the caller releases; null when it is
  /// trimmed or not yet there.
  public @Nullable Segment acquire(long sequence) {
    while (sequence >= firstSequence && sequence <= lastSequence) {
      Segment segment = locate(segments, sequence);
      if (segment != null && segment.tryRetain()) {
        return segment;
      }
    }
    return null;
  }

  /// Lifecycle events with `after < sequence < before` that outlived their segments, in order.
  public List<ShelvedEvent> shelved(long after, long before) {
    List<ShelvedEvent> all = shelf.events();
    if (all.isEmpty()) {
      return all;
    }
    return all.stream().filter(e -> e.sequence() > after && e.sequence() < before).toList();
  }

  /// Bytes from behind `cursor` to the end of the log, as far as they are retained.
  public long bytesAfter(long cursor) {
    long first = Math.max(cursor + 1, firstSequence);
    Segment segment = acquire(first);
    if (segment == null) {
      return 0;
    }
    try {
      Segment last = acquire(lastSequence);
      if (last == null) {
        return 0;
      }
      try {
        return last.position(last.count())
            - segment.position((int) (first - segment.firstSequence()));
      } finally {
        last.release();
      }
    } finally {
      segment.release();
    }
  }

  /// The largest cursor behind which at least `bytes` bytes remain to be read, or the one before
  /// the first event.
  public long cursorBefore(long bytes) {
    long low = firstSequence - 1;
    long high = lastSequence;
    while (low < high) {
      long middle = (low + high + 1) >>> 1;
      if (bytesAfter(middle) >= bytes) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }
    return low;
  }

  private static @Nullable Segment locate(Segment[] all, long sequence) {
    int low = 0;
    int high = all.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      if (all[middle].firstSequence() > sequence) {
        high = middle - 1;
      } else {
        low = middle + 1;
      }
    }
    return high >= 0 ? all[high] : null;
  }
}
