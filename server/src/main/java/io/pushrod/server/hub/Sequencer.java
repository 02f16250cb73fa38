package io.pushrod.server.hub;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.Appended;
import io.pushrod.server.log.EventRecord;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.LogWatcher;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.memory.MemoryBudget;
import io.pushrod.server.memory.Pressure;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.Commit;
import io.pushrod.server.storage.DiskTopics;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.TopicStore;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The logs that a shard owns, and gives every event its sequence in: in memory alone, or written
/// down by a disk before anybody reads or hears of it.
///
/// **Thread:** the shard.
/* With a disk a log is opened before it is used: a batch that names one that is not waits, and with it what its producer
 * sends next. What a turn of the shard appends is one commit; when that is stored its events are published, its readers
 * told and its batches done, in this order. A commit never fails: without space on the disk it waits, and so does what
 * would follow. */
final class Sequencer implements OwnedTopics {
  private static final Logger errors = LoggerFactory.getLogger(Sequencer.class);

  /// Logs that one sweep looks at, so that a shard of a million topics is not held up: about 1 ms.
  private static final int MIN_SLICE = 256;

  private static final int MAX_SLICE = 2_000;
  private static final int MAX_SQUEEZED_SLICE = 8_000;

  /// Of a log that is opened, the newest part.
  private static final long MAX_TAIL_BYTES = 256 * 1024;

  private static final long REOPEN_MILLIS = 500;

  /// Names of topics that are known not to be stored.
  private static final int MAX_ABSENT = 10_000;

  /// By then no log may keep anything.
  private static final int MAX_SQUEEZE = 40;

  private final Map<TopicKey, TopicLog> logs = new HashMap<>();
  private final List<TopicLog> order = new ArrayList<>();
  private final List<TopicLog> touched = new ArrayList<>();
  private final LogContext context;
  private final ShardMetrics metrics;
  private final Clock clock;
  private final MemoryBudget memory;
  private final TopicQuota quota;
  private final Supplier<TopicInterest> interest;
  private final Shard shard;
  private final Hub hub;
  private final HeldBatches held = new HeldBatches();
  private final @Nullable DiskTopics disk;
  private final @Nullable Pages pages;

  /// Who waits for logs that are being opened.
  private final Map<TopicKey, List<Runnable>> opening = new HashMap<>();

  private final Set<TopicKey> absent = new HashSet<>();

  /// Whether the batches that are held are about to be tried again.
  private boolean retries;

  /// What the turn under way has changed.
  private @Nullable OpenCommit commit;

  private final SecureRandom random = new SecureRandom();
  private @Nullable TopicLog last;
  private int swept;

  /// Logs in `order` that are gone; the sweep takes them out.
  private int dead;

  private int squeeze;
  private volatile int topics;

  /// @param disk that has all of the logs; null for none
  Sequencer(
      Shard shard,
      Hub hub,
      LogContext context,
      ShardMetrics metrics,
      Clock clock,
      MemoryBudget memory,
      TopicQuota quota,
      Supplier<TopicInterest> interest,
      @Nullable DiskTopics disk) {
    this.shard = shard;
    this.hub = hub;
    this.disk = disk;
    this.pages = disk == null ? null : new Pages(disk, shard);
    this.interest = interest;
    this.memory = memory;
    this.quota = quota;
    this.context = context;
    this.metrics = metrics;
    this.clock = clock;
  }

  @Override
  public void append(Batch batch, Shard origin) {
    Producer producer = batch.producer();
    boolean waits = producer != null && !held.isEmpty() && held.holds(queue(batch, producer));
    int next = waits || opens(batch) ? 0 : append(batch, 0);
    if (next < batch.publications().size()) {
      held.add(queue(batch, producer), batch, origin, next);
    } else {
      done(batch, origin);
    }
  }

  /// Producers are named within their tenant.
  private static Object queue(Batch batch, @Nullable Producer producer) {
    return producer == null
        ? batch
        : batch.publications().getFirst().topic(0).tenant() + ' ' + producer.id();
  }

  @Override
  public void retry() {
    held.retry(
        (batch, origin, from) -> {
          if (opens(batch)) {
            return from;
          }
          int next = append(batch, from);
          if (next == batch.publications().size()) {
            done(batch, origin);
          }
          return next;
        });
  }

  private void done(Batch batch, Shard origin) {
    OpenCommit open = commit;
    if (disk == null || open == null) {
      shard.done(batch, origin);
    } else {
      open.batches.add(new Finished(batch, origin));
    }
  }

  /// Appends the publications of `batch` whose topics belong here, then announces them once per
  /// topic.
  ///
  /// @param from the first publication that is not done yet
  /// @return the first one that a log had no memory for, though its producer must not leave it out;
  ///   else their number
  private int append(Batch batch, int from) {
    long nanos = clock.nanos();
    long millis = clock.millis();
    if (disk != null) {
      var _ = commit(nanos);
    }
    List<Publication> publications = batch.publications();
    int next = from;
    for (; next < publications.size(); next++) {
      if (!settle(batch, hub, shard, next, millis)) {
        break;
      }
    }
    if (disk == null) {
      for (int i = 0; i < touched.size(); i++) {
        touched.get(i).announce(nanos);
      }
      touched.clear();
    }
    last = null;
    return next;
  }

  private boolean settle(Batch batch, Hub hub, Shard owner, int i, long millis) {
    Publication publication = batch.publications().get(i);
    boolean held = false;
    for (int t = 0; t < publication.topicCount() && !held; t++) {
      if (hub.owner(publication.topic(t)) == owner) {
        settle(batch, i, t, publication, millis);
        held = batch.outcome(i, t) == Appended.NO_ROOM && batch.producer() != null;
      }
    }
    return !held;
  }

  /// A publication that fails, by a bug or for want of memory, fails alone and may be tried again:
  /// the batch must come to its end.
  private void settle(Batch batch, int i, int t, Publication publication, long millis) {
    try {
      append(batch, i, t, publication, millis);
    } catch (RuntimeException | OutOfMemoryError e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      errors.error("Topic {}: an event was not appended", publication.topic(t), e);
      batch.settle(i, t, Appended.failed(ErrorCode.INTERNAL), 0);
    }
  }

  private void append(Batch batch, int i, int t, Publication publication, long millis) {
    Producer producer = batch.producer();
    if (producer != null && batch.isRetry(publication)) {
      metrics.count(Counter.DUPLICATES);
      TopicLog log = logs.get(publication.topic(t));
      long known = log == null ? 0 : log.find(producer, publication.producerSequence());
      batch.settle(i, t, known, log == null ? 0 : log.epoch());
      return;
    }
    Readers readers = publication.readers();
    if (readers != null) {
      batch.settle(i, t, declare(publication.topic(t), readers, publication, producer), 0);
      return;
    }
    if (publication.type().eventClass() == EventClass.SIGNAL) {
      signal(publication, t, millis);
      batch.settle(i, t, 0, 0);
      return;
    }
    boolean sacred = publication.type().eventClass() == EventClass.LIFECYCLE;
    if (producer == null && !sacred && memory.pressure() == Pressure.FULL) {
      noRoom(batch, i, t);
      return;
    }
    TopicLog log = log(publication.topic(t));
    if (log == null) {
      metrics.rejected(ErrorCode.TOPIC_QUOTA);
      batch.settle(i, t, Appended.failed(ErrorCode.TOPIC_QUOTA), 0);
      return;
    }
    long before = log.appendedSequence();
    long taken = log.taken();
    long outcome = log.append(publication, producer, millis);
    if (outcome == Appended.NO_ROOM) {
      dropIfNew(log);
      noRoom(batch, i, t);
      return;
    }
    batch.settle(i, t, outcome, log.epoch());
    if (outcome > before) {
      metrics.count(Counter.EVENTS_APPENDED);
      if (log != last) {
        touch(log);
        last = log;
      }
    }
    if (commit != null && (outcome > before || log.taken() > taken)) {
      commit.add(log, publication, t, producer, outcome > before, millis);
    }
  }

  private void touch(TopicLog log) {
    if (commit == null) {
      touched.add(log);
    } else {
      commit.touched.add(log);
    }
  }

  // What is stored.

  private record Finished(Batch batch, Shard origin) {}

  /// What one turn of the shard changed, to be stored together. A log is stored from its first
  /// event or declaration on: those who only ask for names leave nothing behind.
  private final class OpenCommit {
    final long nanos;
    final Commit changes = new Commit(() -> shard.execute(this::committed));
    final Set<TopicLog> touched = new LinkedHashSet<>();
    final List<Finished> batches = new ArrayList<>();

    /// How far each log is published with it, once it was handed over.
    private final Map<TopicLog, Long> until = new LinkedHashMap<>();

    OpenCommit(long nanos) {
      this.nanos = nanos;
    }

    /// @param stored whether it got a sequence
    void add(
        TopicLog log,
        Publication event,
        int t,
        @Nullable Producer producer,
        boolean stored,
        long millis) {
      TopicKey key = log.key();
      if (stored) {
        int offset = changes.bytes().writerIndex();
        Publication own = t == 0 ? event : event.withoutRule();
        EventRecord.write(own, millis, changes.bytes());
        changes.add(
            new Commit.Change.Event(
                key,
                log.epoch(),
                log.appendedSequence(),
                offset,
                changes.bytes().writerIndex() - offset,
                event.type().eventClass() == EventClass.LIFECYCLE,
                producer,
                event.producerSequence(),
                EventRecord.seals(changes.bytes(), offset),
                EventRecord.keeps(changes.bytes(), offset)));
      } else if (producer != null) {
        changes.add(new Commit.Change.Noted(key, log.epoch(), producer, event.producerSequence()));
      }
    }

    /// An empty one too: its batches are answered behind those before.
    void handOver(DiskTopics to) {
      touched.forEach(log -> until.put(log, log.appendedSequence()));
      to.commit(changes);
    }

    private void committed() {
      long millis = clock.millis();
      until.forEach(
          (log, sequence) -> {
            log.publish(sequence, millis);
            log.announce(nanos);
          });
      batches.forEach(each -> shard.done(each.batch(), each.origin()));
    }
  }

  private OpenCommit commit(long nanos) {
    OpenCommit open = commit;
    if (open == null) {
      open = new OpenCommit(nanos);
      commit = open;
      shard.execute(this::handOver);
    }
    return open;
  }

  private void handOver() {
    OpenCommit open = commit;
    commit = null;
    if (open != null && disk != null) {
      open.handOver(disk);
    }
  }

  /// Opens the logs of a batch that are not open.
  ///
  /// @return whether there are any; [#retry] follows, once for all that were opened in a turn
  private boolean opens(Batch batch) {
    if (disk == null) {
      return false;
    }
    boolean opens = false;
    for (Publication publication : batch.publications()) {
      for (int t = 0; t < publication.topicCount(); t++) {
        TopicKey key = publication.topic(t);
        if (!logs.containsKey(key) && hub.owner(key) == shard && !isNew(key)) {
          open(key);
          opens = true;
        }
      }
    }
    return opens;
  }

  /// Topics of which nothing is stored, until they begin: what was looked up once in a row of
  /// batches is not looked up again.
  private boolean isNew(TopicKey key) {
    return absent.contains(key);
  }

  private void open(TopicKey key, Runnable then) {
    open(key).add(then);
  }

  /// @return who waits for it
  private List<Runnable> open(TopicKey key) {
    List<Runnable> waiting = opening.get(key);
    if (waiting == null) {
      waiting = new ArrayList<>(1);
      opening.put(key, waiting);
      lookUp(key);
    }
    return waiting;
  }

  private void lookUp(TopicKey key) {
    if (disk != null) {
      disk.open(
          key,
          (int) Math.min(context.residentBytes() / 4, MAX_TAIL_BYTES),
          answer -> shard.execute(() -> opened(key, answer)));
    }
  }

  private void opened(TopicKey key, TopicStore.Opened answer) {
    switch (answer) {
      case TopicStore.Opened.Found(StoredTopic topic) -> restore(key, topic);
      case TopicStore.Opened.None() -> {
        if (absent.size() >= MAX_ABSENT) {
          absent.clear();
        }
        absent.add(key);
      }
      case TopicStore.Opened.Failed(String message) -> {
        errors.warn("Topic {}: not opened, tried again: {}", key, message);
        shard.schedule(() -> lookUp(key), REOPEN_MILLIS);
        return;
      }
    }
    List<Runnable> all = opening.remove(key);
    if (all != null) {
      all.forEach(Runnable::run);
    }
    retrySoon();
  }

  private void retrySoon() {
    if (!retries && !held.isEmpty()) {
      retries = true;
      shard.execute(
          () -> {
            retries = false;
            retry();
          });
    }
  }

  private void restore(TopicKey key, StoredTopic topic) {
    if (logs.containsKey(key) || pages == null) {
      return;
    }
    TopicLog log = Pages.open(topic, key, context);
    topic
        .producers()
        .forEach(each -> log.restore(new Producer(each.id(), each.epoch()), each.lastSequence()));
    pages.restore(log, topic.tail());
    pages.trimmed(log, topic.tail());
    log.restore(topic.readers(), topic.sealed());
    if (topic.kept()) {
      log.keep(context.emitted());
    }
    quota.keep(key.tenant());
    add(log);
  }

  @Override
  public void load(TopicLog log, long from, Runnable done) {
    if (pages == null) {
      done.run();
    } else {
      pages.load(log, from, done);
    }
  }

  /// Retention dropped what was oldest on the disk.
  void trimmed(TopicKey key, RecordPage page) {
    TopicLog log = logs.get(key);
    if (log != null && pages != null) {
      pages.trimmed(log, page);
    }
  }

  @Override
  public boolean isFull() {
    return disk != null && disk.isFull();
  }

  @Override
  public void signal(Publication signal, long nowMillis) {
    signal(signal, 0, nowMillis);
  }

  private void signal(Publication signal, int t, long nowMillis) {
    metrics.count(Counter.SIGNALS);
    TopicLog log = logs.get(signal.topic(t));
    if (log != null) {
      log.signal(signal, nowMillis);
    }
  }

  /// A topic begins to exist with its first declaration, and not by its withdrawal.
  private long declare(
      TopicKey key, Readers readers, Publication publication, @Nullable Producer producer) {
    if (!readers.declared() && !logs.containsKey(key)) {
      return 0;
    }
    TopicLog log = log(key);
    if (log == null) {
      metrics.rejected(ErrorCode.TOPIC_QUOTA);
      return Appended.failed(ErrorCode.TOPIC_QUOTA);
    }
    long outcome = log.declare(readers, producer, publication.producerSequence());
    touch(log);
    if (commit != null && outcome == 0) {
      commit.changes.add(new Commit.Change.Declared(key, log.epoch(), readers));
      if (producer != null) {
        commit.changes.add(
            new Commit.Change.Noted(key, log.epoch(), producer, publication.producerSequence()));
      }
    }
    return outcome;
  }

  /// A topic whose first event found no memory does not exist: it takes none of its tenant's
  /// places.
  private void dropIfNew(TopicLog log) {
    if (log.appendedSequence() == 0 && order.getLast() == log && log.isDisposable()) {
      order.removeLast();
      forget(log);
    }
  }

  /// A held batch that is tried again meets the bound once.
  private void noRoom(Batch batch, int i, int t) {
    if (batch.outcome(i, t) != Appended.NO_ROOM) {
      metrics.count(Counter.LIMIT_MEMORY_BUDGET);
    }
    if (batch.producer() == null) {
      metrics.rejected(ErrorCode.OVERLOADED);
    }
    batch.settle(i, t, Appended.NO_ROOM, 0);
  }

  /// The log of a topic, which begins to exist if it did not; null when its tenant may have no more
  /// topics.
  private @Nullable TopicLog log(TopicKey key) {
    TopicLog recent = last;
    if (recent != null && recent.key().equals(key)) {
      return recent;
    }
    TopicLog log = logs.get(key);
    if (log == null) {
      if (!quota.take(key.tenant())) {
        metrics.count(Counter.QUOTA_TOPICS);
        return null;
      }
      log = new TopicLog(key, 1 + random.nextLong(Cursor.EPOCH_BOUND - 1), context);
      absent.remove(key);
      add(log);
    }
    return log;
  }

  private void add(TopicLog log) {
    logs.put(log.key(), log);
    order.add(log);
    topics = logs.size();
  }

  @Override
  public void watch(
      TopicKey key, LogWatcher watcher, boolean declared, Consumer<@Nullable TopicLog> answer) {
    whenOpen(
        key, () -> answer.accept(declared ? watchDeclared(key, watcher) : watch(key, watcher)));
  }

  @Override
  public void find(TopicKey key, Consumer<@Nullable TopicLog> answer) {
    whenOpen(key, () -> answer.accept(logs.get(key)));
  }

  private void whenOpen(TopicKey key, Runnable task) {
    if (disk == null || logs.containsKey(key) || isNew(key)) {
      task.run();
    } else {
      open(key, task);
    }
  }

  private @Nullable TopicLog watch(TopicKey key, LogWatcher watcher) {
    TopicLog log = log(key);
    if (log != null) {
      watch(log, watcher);
    }
    return log;
  }

  private void watch(TopicLog log, LogWatcher watcher) {
    log.watch(watcher);
    if (log.watchers() == 1) {
      interest.get().onFirst(log.key());
    }
  }

  private @Nullable TopicLog watchDeclared(TopicKey key, LogWatcher watcher) {
    TopicLog log = logs.get(key);
    Readers readers = log == null ? null : log.readers();
    if (log == null || readers == null || !readers.declared()) {
      return null;
    }
    watch(log, watcher);
    return log;
  }

  @Override
  public void unwatch(TopicKey key, LogWatcher watcher) {
    TopicLog log = logs.get(key);
    if (log != null) {
      int before = log.watchers();
      log.unwatch(watcher);
      if (before == 1 && log.watchers() == 0) {
        interest.get().onLast(key);
      }
      if (log.isDisposable() && quota.isHalfUsed(key.tenant())) {
        forget(log);
        dead++;
      }
    }
  }

  /// A log that nobody needs stays for a while, as long as its tenant has room: whoever asks for
  /// ever more names must not use up the places of topics that have events.
  private void forget(TopicLog log) {
    logs.remove(log.key());
    log.close();
    quota.giveBack(log.key().tenant());
    topics = logs.size();
  }

  @Override
  public void squeeze(boolean more) {
    squeeze = more ? Math.min(squeeze + 1, MAX_SQUEEZE) : Math.max(squeeze - 1, 0);
    context.squeeze(squeeze);
  }

  @Override
  public void sweep() {
    long millis = clock.millis();
    int most = squeeze > 0 ? MAX_SQUEEZED_SLICE : MAX_SLICE;
    int budget = Math.clamp(order.size() / 10, MIN_SLICE, most);
    for (; budget > 0 && !order.isEmpty(); budget--) {
      swept = swept >= order.size() ? 0 : swept;
      TopicLog log = order.get(swept);
      boolean isDead = dead > 0 && logs.get(log.key()) != log;
      if (isDead) {
        dead--;
      } else {
        log.trim(millis);
      }
      if (isDead || log.isForgettable(millis)) {
        TopicLog moved = order.removeLast();
        if (moved != log) {
          order.set(swept, moved);
        }
        if (!isDead) {
          forget(log);
        }
      } else {
        swept++;
        if (swept >= order.size()) {
          break;
        }
      }
    }
  }

  @Override
  public int topics() {
    return topics;
  }

  @Override
  public void close() {
    handOver();
    held.close();
    logs.keySet().forEach(key -> quota.giveBack(key.tenant()));
    logs.values().forEach(TopicLog::close);
    order.clear();
    logs.clear();
  }
}
