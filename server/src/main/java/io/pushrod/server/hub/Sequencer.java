package io.pushrod.server.hub;

import io.pushrod.codec.Cursor;
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
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The logs that a shard owns: gives every event its sequence.
///
/// **Thread:** the shard.
final class Sequencer {
  private static final Logger errors = LoggerFactory.getLogger(Sequencer.class);

  /// Logs that one sweep looks at, so that a shard of a million topics is not held up: about 1 ms.
  private static final int MIN_SLICE = 256;

  private static final int MAX_SLICE = 2_000;
  private static final int MAX_SQUEEZED_SLICE = 8_000;

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
  private final SecureRandom random = new SecureRandom();
  private @Nullable TopicLog last;
  private int swept;

  /// Logs in `order` that are gone; the sweep takes them out.
  private int dead;

  private int squeeze;
  private volatile int topics;

  Sequencer(
      LogContext context,
      ShardMetrics metrics,
      Clock clock,
      MemoryBudget memory,
      TopicQuota quota,
      Supplier<TopicInterest> interest) {
    this.interest = interest;
    this.memory = memory;
    this.quota = quota;
    this.context = context;
    this.metrics = metrics;
    this.clock = clock;
  }

  /// Appends the publications of `batch` whose topics belong to `owner`, then announces them once
  /// per topic.
  ///
  /// @param from the first publication that is not done yet
  /// @return the first one that a log had no memory for, though its producer must not leave it out;
  ///   else their number
  int append(Batch batch, Hub hub, Shard owner, int from) {
    long nanos = clock.nanos();
    long millis = clock.millis();
    List<Publication> publications = batch.publications();
    int next = from;
    for (; next < publications.size(); next++) {
      if (!settle(batch, hub, owner, next, millis)) {
        break;
      }
    }
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).announce(nanos);
    }
    touched.clear();
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
    long outcome = log.append(publication, producer, millis);
    if (outcome == Appended.NO_ROOM) {
      dropIfNew(log);
      noRoom(batch, i, t);
      return;
    }
    batch.settle(i, t, outcome, log.epoch());
    if (outcome > 0) {
      metrics.count(Counter.EVENTS_APPENDED);
      if (log != last) {
        touched.add(log);
        last = log;
      }
    }
  }

  /// Passes a signal to those who read the first topic of it now.
  void signal(Publication signal, long nowMillis) {
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
    touched.add(log);
    return outcome;
  }

  /// A topic whose first event found no memory does not exist: it takes none of its tenant's
  /// places.
  private void dropIfNew(TopicLog log) {
    if (log.lastSequence() == 0 && order.getLast() == log && log.isDisposable()) {
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
      logs.put(key, log);
      order.add(log);
      topics = logs.size();
    }
    return log;
  }

  /// Lets `watcher` hear of a topic, which begins to exist if it did not.
  ///
  /// @return null when the tenant may have no more topics
  @Nullable TopicLog watch(TopicKey key, LogWatcher watcher) {
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

  /// Lets `watcher` hear of a topic whose readers are declared.
  ///
  /// @return null when they are not: nothing was done
  @Nullable TopicLog watchDeclared(TopicKey key, LogWatcher watcher) {
    TopicLog log = logs.get(key);
    Readers readers = log == null ? null : log.readers();
    if (log == null || readers == null || !readers.declared()) {
      return null;
    }
    watch(log, watcher);
    return log;
  }

  /// The log of a topic, if it has one.
  @Nullable TopicLog peek(TopicKey key) {
    return logs.get(key);
  }

  void unwatch(TopicKey key, LogWatcher watcher) {
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

  /// Follows the pressure on memory, a step at a time.
  void squeeze(boolean more) {
    squeeze = more ? Math.min(squeeze + 1, MAX_SQUEEZE) : Math.max(squeeze - 1, 0);
    context.squeeze(squeeze);
  }

  /// Trims what got too old, or too much, in a slice of the logs, and drops those that nobody
  /// needs.
  void sweep() {
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

  /// How many topics have a log here. **Thread:** any.
  int topics() {
    return topics;
  }

  void close() {
    logs.keySet().forEach(key -> quota.giveBack(key.tenant()));
    logs.values().forEach(TopicLog::close);
    order.clear();
    logs.clear();
  }
}
