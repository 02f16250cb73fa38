package io.pushrod.server.log;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
/* Where a store holds the log, memory holds the newest part of it, from `residentFrom` on, and pages of older events
 * while somebody reads them. What is appended is published when it is stored: [#append] and [#publish] are two steps
 * then, and one otherwise.
 *
 * The log is a list of segments, published as a fresh array whenever one is added or dropped, and the number of its
 * last event, published after the event. A reader takes `lastSequence` first, then the segment that holds what it
 * wants: what it saw published is there, or was trimmed meanwhile, which `firstSequence` tells.
 *
 * Trimming is exact by event in `firstSequence`; memory goes by whole segments. Segments double from 2 KiB to 128 KiB
 * as a topic gets busy, so a quiet topic costs little and a busy one gives long contiguous writes. */
public final class TopicLog {
  private static final int SMALLEST_SEGMENT_BYTES = 2 * 1024;

  /// Pages of one log that are kept at a time.
  private static final int MAX_PAGES = 16;

  private static final long PAGES_KEPT_MILLIS = 5_000;

  /// What an event that is not in memory is taken to have, at least.
  private static final long EVENT_BYTES = 128;

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

  /// The last sequence given; the events behind [#lastSequence] wait for their store.
  private long appended;

  /// Whether the event at `appended` is the last one.
  private boolean ended;

  /// The oldest event in [#segments], or the next one.
  private volatile long residentFrom = 1;

  /// Older events, each page as a segment; oldest use first.
  private volatile Segment[] pages = {};

  private long pagedMillis;
  private long idleSinceSequence;

  private long taken;

  /// Set after the sequence of the last event: who sees it finds that one.
  private volatile boolean sealed;

  /// Types that are stored; null for all.
  private @Nullable Predicate<EventType> kept;

  private volatile @Nullable Readers readers;

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
    Segment segment = tailFor(length, sequence, nowMillis, sacred);
    if (segment == null) {
      return Appended.NO_ROOM;
    }
    context.encoder().copyTo(segment.bytes(), segment.writeOffset(), event);
    if (producer != null && producers != null) {
      segment.noteProducer(producers.slot(), event.producerSequence);
      accept(producers, event.producerSequence);
    }
    segment.add(length, event.type, nowMillis);
    tailPosition += length;
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
    Segment[] all = segments;
    for (int i = all.length - 1; i >= 0; i--) {
      if (all[i].firstSequence() <= sequence) {
        all[i].publish(sequence);
      }
      if (all[i].firstSequence() <= lastSequence) {
        break;
      }
    }
    lastSequence = sequence;
    sealed = ended && sequence == appended;
    trim(nowMillis);
  }

  /// Brings back the event behind those that are here, stored and published already. Without memory
  /// for it, it is left to pages.
  public void restore(Publication event, long appendedMillis) {
    long sequence = appended + 1;
    int length = context.encoder().encode(parts, sequence, event, event.timestampMillis);
    Segment segment = tailFor(length, sequence, appendedMillis, false);
    appended = sequence;
    if (segment == null) {
      dropResident(segments.length);
      residentFrom = sequence + 1;
    } else {
      context.encoder().copyTo(segment.bytes(), segment.writeOffset(), event);
      segment.add(length, event.type, appendedMillis);
      segment.publish(sequence);
      tailPosition += length;
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
    int drop = 0;
    while (drop < segments.length && segments[drop].lastSequence() < until) {
      drop++;
    }
    dropResident(Math.min(drop, Math.max(0, segments.length - 1)));
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
    int capacity = 0;
    for (int i = 0; i < events.size(); i++) {
      Publication event = events.get(i);
      capacity += context.encoder().encode(parts, first + i, event, event.timestampMillis);
    }
    if (!context.memory().reserve(capacity, false)) {
      dropPages(_ -> true);
      if (!context.memory().reserve(capacity, false)) {
        return false;
      }
    }
    Segment page = allocate(capacity, first, appendedMillis);
    for (int i = 0; i < events.size(); i++) {
      Publication event = events.get(i);
      int length = context.encoder().encode(parts, first + i, event, event.timestampMillis);
      context.encoder().copyTo(page.bytes(), page.writeOffset(), event);
      page.add(length, event.type, appendedMillis);
    }
    page.publish(first + events.size() - 1);
    Segment[] all = pages;
    if (all.length == MAX_PAGES) {
      all[0].release();
      all = Arrays.copyOfRange(all, 1, all.length);
    }
    Segment[] next = Arrays.copyOf(all, all.length + 1);
    next[all.length] = page;
    pages = next;
    pagedMillis = 0;
    return true;
  }

  private void dropPages(Predicate<Segment> which) {
    Segment[] all = pages;
    if (all.length > 0) {
      pages = Arrays.stream(all).filter(which.negate()).toArray(Segment[]::new);
      Arrays.stream(all).filter(which).forEach(Segment::release);
    }
  }

  /// Leaves to the store what need not be in memory.
  private void evict(long nowMillis) {
    Segment[] all = segments;
    long bytes = all.length == 0 ? 0 : tailPosition - all[0].position(0);
    long limit =
        context.isSqueezed()
            ? Math.min(context.residentBytes(), context.squeezedBytes(watchers.length > 0))
            : context.residentBytes();
    int drop = 0;
    while (drop < all.length - 1
        && bytes > limit
        && all[drop].lastSequence() < lastSequence
        && all[drop + 1].firstSequence() <= lastSequence + 1) {
      bytes -= all[drop].endPosition() - all[drop].position(0);
      drop++;
    }
    dropResident(drop);
    if (pages.length > 0) {
      if (pagedMillis == 0) {
        pagedMillis = nowMillis;
      } else if (nowMillis - pagedMillis > PAGES_KEPT_MILLIS) {
        dropPages(_ -> true);
      }
    }
  }

  private void dropResident(int drop) {
    if (drop == 0) {
      return;
    }
    Segment[] all = segments;
    residentFrom = drop == all.length ? appended + 1 : all[drop].firstSequence();
    segments = Arrays.copyOfRange(all, drop, all.length);
    for (int i = 0; i < drop; i++) {
      all[i].release();
    }
  }

  private void accept(ProducerLedger known, long producerSequence) {
    known.accept(producerSequence);
    taken++;
  }

  /// How many publications of producers were taken, stored or not; a duplicate is not.
  public long taken() {
    return taken;
  }

  /// A retry of it is a duplicate like any other.
  private long leaveOut(Publication event, @Nullable Producer producer) {
    if (producer != null && producers != null) {
      accept(producers, event.producerSequence);
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
        accept(producers, producerSequence);
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

  /// Whether nobody reads here and everything is stored, so that memory needs none of it.
  private boolean isIdle() {
    boolean idle =
        watchers.length == 0 && appended == lastSequence && idleSinceSequence == appended;
    idleSinceSequence = appended;
    return idle;
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
    dropPages(_ -> true);
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
      if (sequence < residentFrom) {
        return acquirePage(sequence);
      }
      Segment segment = locate(segments, sequence);
      if (segment != null && segment.tryRetain()) {
        return segment;
      }
    }
    return null;
  }

  private @Nullable Segment acquirePage(long sequence) {
    Segment[] all = pages;
    for (int i = all.length - 1; i >= 0; i--) {
      Segment page = all[i];
      if (page.firstSequence() <= sequence && sequence <= page.lastSequence() && page.tryRetain()) {
        return page;
      }
    }
    return null;
  }

  /// Whether an event is stored, but not in memory: whoever wants it asks the owner for a page.
  public boolean isAbsent(long sequence) {
    if (sequence < firstSequence || sequence > lastSequence || sequence >= residentFrom) {
      return false;
    }
    for (Segment page : pages) {
      if (page.firstSequence() <= sequence && sequence <= page.lastSequence()) {
        return false;
      }
    }
    return sequence < residentFrom;
  }

  /// Lifecycle events with `after < sequence < before` that outlived their segments, in order.
  public List<ShelvedEvent> shelved(long after, long before) {
    List<ShelvedEvent> all = shelf.events();
    if (all.isEmpty()) {
      return all;
    }
    return all.stream().filter(e -> e.sequence() > after && e.sequence() < before).toList();
  }

  /// Bytes from behind `cursor` to the end of the log, as far as they are retained; of what is not
  /// in memory about.
  public long bytesAfter(long cursor) {
    long first = Math.max(cursor + 1, firstSequence);
    long resident = residentFrom;
    if (first < resident) {
      long all = bytesAfter(resident - 1);
      return all + (resident - first) * Math.max(EVENT_BYTES, all / (lastSequence - resident + 2));
    }
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
