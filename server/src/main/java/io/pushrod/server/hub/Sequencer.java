package io.pushrod.server.hub;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.Appended;
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
import io.pushrod.server.storage.DiskTopics;
import io.pushrod.server.storage.RecordPage;
import java.util.ArrayList;
import java.util.List;
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

  private final OwnedLogs logs;

  /// Logs whose readers are to be told, where no disk has to store anything before.
  private final List<TopicLog> touched = new ArrayList<>();

  private final ShardMetrics metrics;
  private final Clock clock;
  private final MemoryBudget memory;
  private final Supplier<TopicInterest> interest;
  private final Shard shard;
  private final Hub hub;
  private final HeldBatches held = new HeldBatches();
  private final @Nullable DiskTopics disk;
  private final @Nullable Pages pages;
  private final @Nullable TopicOpener opener;

  /// Whether the batches that are held are about to be tried again.
  private boolean retries;

  /// What the turn under way has changed.
  private @Nullable TurnCommit commit;

  private @Nullable TopicLog last;

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
    this.logs = new OwnedLogs(context, quota);
    this.pages = disk == null ? null : new Pages(disk, shard);
    this.opener =
        disk == null || pages == null
            ? null
            : new TopicOpener(disk, shard, context, logs, pages, this::retrySoon);
    this.interest = interest;
    this.memory = memory;
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
    TurnCommit open = commit;
    if (disk == null || open == null) {
      shard.done(batch, origin);
    } else {
      open.add(batch, origin);
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
      openCommit(nanos);
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
      TopicLog log = logs.find(publication.topic(t));
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
      logs.dropIfNew(log); // a topic whose first event found no memory does not exist
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
      commit.touch(log);
    }
  }

  // What is stored.

  private void openCommit(long nanos) {
    if (commit == null) {
      commit = new TurnCommit(shard, clock, nanos);
      shard.execute(this::handOver);
    }
  }

  private void handOver() {
    TurnCommit open = commit;
    commit = null;
    if (open != null && disk != null) {
      open.handOver(disk);
    }
  }

  /// Opens the logs of a batch that are not open.
  ///
  /// @return whether there are any; [#retry] follows, once for all that were opened in a turn
  private boolean opens(Batch batch) {
    if (opener == null) {
      return false;
    }
    boolean opens = false;
    for (Publication publication : batch.publications()) {
      for (int t = 0; t < publication.topicCount(); t++) {
        TopicKey key = publication.topic(t);
        if (!opener.isOpen(key) && hub.owner(key) == shard) {
          opener.open(key);
          opens = true;
        }
      }
    }
    return opens;
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
    TopicLog log = logs.find(key);
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
    TopicLog log = logs.find(signal.topic(t));
    if (log != null) {
      log.signal(signal, nowMillis);
    }
  }

  /// A topic begins to exist with its first declaration, and not by its withdrawal.
  private long declare(
      TopicKey key, Readers readers, Publication publication, @Nullable Producer producer) {
    if (!readers.declared() && !logs.has(key)) {
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
      commit.add(log, readers, producer, publication.producerSequence());
    }
    return outcome;
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
    TopicLog known = logs.find(key);
    return known == null ? begin(key) : known;
  }

  private @Nullable TopicLog begin(TopicKey key) {
    TopicLog begun = logs.begin(key);
    if (begun == null) {
      metrics.count(Counter.QUOTA_TOPICS);
    } else if (opener != null) {
      opener.onBegun(key);
    }
    return begun;
  }

  @Override
  public void watch(
      TopicKey key, LogWatcher watcher, boolean declared, Consumer<@Nullable TopicLog> answer) {
    whenOpen(
        key, () -> answer.accept(declared ? watchDeclared(key, watcher) : watch(key, watcher)));
  }

  @Override
  public void find(TopicKey key, Consumer<@Nullable TopicLog> answer) {
    whenOpen(key, () -> answer.accept(logs.find(key)));
  }

  private void whenOpen(TopicKey key, Runnable task) {
    if (opener == null || opener.isOpen(key)) {
      task.run();
    } else {
      opener.open(key, task);
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
    TopicLog log = logs.find(key);
    Readers readers = log == null ? null : log.readers();
    if (log == null || readers == null || !readers.declared()) {
      return null;
    }
    watch(log, watcher);
    return log;
  }

  @Override
  public void unwatch(TopicKey key, LogWatcher watcher) {
    TopicLog log = logs.find(key);
    if (log != null) {
      int before = log.watchers();
      log.unwatch(watcher);
      if (before == 1 && log.watchers() == 0) {
        interest.get().onLast(key);
      }
      logs.dropIfCrowded(log);
    }
  }

  @Override
  public void squeeze(boolean more) {
    logs.squeeze(more);
  }

  @Override
  public void sweep() {
    logs.sweep(clock.millis());
  }

  @Override
  public int topics() {
    return logs.count();
  }

  @Override
  public void close() {
    handOver();
    held.close();
    logs.close();
  }
}
