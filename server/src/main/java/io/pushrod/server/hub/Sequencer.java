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
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The logs that a shard owns: gives every event its sequence.
///
/// **Thread:** the shard.
final class Sequencer {
  private static final Logger errors = LoggerFactory.getLogger(Sequencer.class);
  private final Map<TopicKey, TopicLog> logs = new HashMap<>();
  private final List<TopicLog> order = new ArrayList<>();
  private final List<TopicLog> touched = new ArrayList<>();
  private final LogContext context;
  private final ShardMetrics metrics;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();
  private @Nullable TopicLog last;
  private int swept;
  private volatile int topics;

  Sequencer(LogContext context, ShardMetrics metrics, Clock clock) {
    this.context = context;
    this.metrics = metrics;
    this.clock = clock;
  }

  /// Appends the publications of `batch` whose topics belong to `owner`, then announces them once
  /// per topic.
  void append(Batch batch, Hub hub, Shard owner) {
    long nanos = clock.nanos();
    long millis = clock.millis();
    List<Publication> publications = batch.publications();
    for (int i = 0; i < publications.size(); i++) {
      Publication publication = publications.get(i);
      for (int t = 0; t < publication.topicCount(); t++) {
        if (hub.owner(publication.topic(t)) == owner) {
          settle(batch, i, t, publication, millis);
        }
      }
    }
    for (int i = 0; i < touched.size(); i++) {
      touched.get(i).announce(nanos);
    }
    touched.clear();
    last = null;
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
      metrics.count(Counter.SIGNALS);
      TopicLog log = logs.get(publication.topic(t));
      if (log != null) {
        log.signal(publication, millis);
      }
      batch.settle(i, t, 0, 0);
      return;
    }
    TopicLog log = log(publication.topic(t));
    long outcome = log.append(publication, producer, millis);
    batch.settle(i, t, outcome, log.epoch());
    if (outcome > 0) {
      metrics.count(Counter.EVENTS_APPENDED);
      if (log != last) {
        touched.add(log);
        last = log;
      }
    }
  }

  /// A topic begins to exist with its first declaration, and not by its withdrawal.
  private long declare(
      TopicKey key, Readers readers, Publication publication, @Nullable Producer producer) {
    if (!readers.declared() && !logs.containsKey(key)) {
      return 0;
    }
    TopicLog log = log(key);
    long outcome = log.declare(readers, producer, publication.producerSequence());
    touched.add(log);
    return outcome;
  }

  private TopicLog log(TopicKey key) {
    TopicLog recent = last;
    if (recent != null && recent.key().equals(key)) {
      return recent;
    }
    TopicLog log = logs.get(key);
    if (log == null) {
      log = new TopicLog(key, 1 + random.nextLong(Cursor.EPOCH_BOUND - 1), context);
      logs.put(key, log);
      order.add(log);
      topics = order.size();
    }
    return log;
  }

  /// Lets `watcher` hear of a topic, which begins to exist if it did not.
  TopicLog watch(TopicKey key, LogWatcher watcher) {
    TopicLog log = log(key);
    log.watch(watcher);
    return log;
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
    log.watch(watcher);
    return log;
  }

  /// The log of a topic, if it has one.
  @Nullable TopicLog peek(TopicKey key) {
    return logs.get(key);
  }

  void unwatch(TopicKey key, LogWatcher watcher) {
    TopicLog log = logs.get(key);
    if (log != null) {
      log.unwatch(watcher);
    }
  }

  /// Trims what got too old in a tenth of the logs, and drops those that nobody needs.
  void sweep() {
    long millis = clock.millis();
    int budget = Math.max(1_000, order.size() / 10);
    for (; budget > 0 && !order.isEmpty(); budget--) {
      swept = swept >= order.size() ? 0 : swept;
      TopicLog log = order.get(swept);
      log.trim(millis);
      if (log.isForgettable(millis)) {
        logs.remove(log.key());
        TopicLog moved = order.removeLast();
        if (moved != log) {
          order.set(swept, moved);
        }
        log.close();
        topics = order.size();
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
    order.forEach(TopicLog::close);
    order.clear();
    logs.clear();
  }
}
