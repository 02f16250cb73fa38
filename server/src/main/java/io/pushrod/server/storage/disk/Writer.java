package io.pushrod.server.storage.disk;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.DiskTopics.TrimListener;
import io.pushrod.server.storage.RecordPage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Writes what it is given, in order, all that waits at once.
///
/// **Thread:** any to [#add]; the rest is on its own, `disk-write`.
/* While a batch is written others wait, and go into the next: the slower the disk, the larger the batches. A batch that
 * cannot be written is put together again from what is really stored, as the outcome of a failed write is not known, and
 * tried until it is written or the store is closed. Then nothing of it was acknowledged. */
final class Writer implements Runnable {
  private static final Logger log = LoggerFactory.getLogger(Writer.class);
  private static final long TICK_NANOS = 250_000_000;
  private static final int MAX_WORK = 10_000;

  private final DiskSettings settings;
  private final Database database;
  private final Health health;
  private final ShardMetrics metrics;
  private final LongSupplier millis;
  private final TopicCount count;
  private final TopicStates states;
  private final Changes changes;
  private final Trimming trimming;
  private final Erasing erasing;
  private final LinkedBlockingQueue<Work> queue = new LinkedBlockingQueue<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final Thread thread;
  private long lookedNanos;
  private volatile TrimListener listener = (_, _) -> {};
  private volatile boolean closing;

  Writer(
      DiskSettings settings,
      Database database,
      TopicCount count,
      Health health,
      ShardMetrics metrics,
      LongSupplier millis) {
    this.settings = settings;
    this.database = database;
    this.health = health;
    this.metrics = metrics;
    this.millis = millis;
    this.count = count;
    this.states = new TopicStates(database, count);
    this.erasing = new Erasing(database, count);
    this.trimming = new Trimming(database, states, erasing, settings.retention());
    this.changes =
        new Changes(
            database,
            states,
            new Producers(
                database,
                settings.producersPerTopic(),
                TimeUnit.MILLISECONDS.toMicros(millis.getAsLong())),
            erasing);
    this.thread = Thread.ofPlatform().name("disk-write").daemon(true).unstarted(this);
  }

  void start() {
    health.look();
    thread.start();
  }

  void listen(TrimListener to) {
    listener = to;
  }

  void add(Work work) {
    waitingBytes.addAndGet(work.byteCount());
    queue.add(work);
  }

  /// What was added and is not written yet. **Thread:** any.
  long waitingBytes() {
    return waitingBytes.get();
  }

  boolean isIdle() {
    return queue.isEmpty() && waitingBytes.get() == 0;
  }

  /// Writes what waits, if the disk takes it, and ends.
  void close() {
    closing = true;
    queue.add(new Work.Passed(() -> {}));
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void run() {
    List<Work> group = new ArrayList<>();
    while (!closing || !queue.isEmpty()) {
      try {
        look();
        if (gather(group) && !write(group)) {
          log.error("Disk: closed with {} bytes that were not stored", waitingBytes.get());
          return;
        }
      } catch (InterruptedException e) {
        closing = true;
      } catch (RuntimeException e) {
        metrics.count(Counter.INTERNAL_ERRORS);
        log.error("Disk: a callback failed", e);
      }
      group.clear();
    }
  }

  private void look() {
    long now = System.nanoTime();
    if (now - lookedNanos >= TICK_NANOS) {
      lookedNanos = now;
      if (health.look()) {
        String obstacle = health.obstacle();
        log.warn("Disk: {}", obstacle == null ? "takes events again" : obstacle);
      }
    }
  }

  /// Takes what is written together.
  private boolean gather(List<Work> group) throws InterruptedException {
    Work next = queue.poll(TICK_NANOS, TimeUnit.NANOSECONDS);
    if (next == null) {
      return false;
    }
    long until = System.nanoTime() + settings.delayNanos();
    long bytes = 0;
    while (next != null) {
      group.add(next);
      bytes += next.byteCount();
      if (bytes >= settings.commitBytes() || group.size() == MAX_WORK) {
        break;
      }
      next = queue.poll();
      if (next == null && settings.delayNanos() > 0 && !closing) {
        next = queue.poll(until - System.nanoTime(), TimeUnit.NANOSECONDS);
      }
    }
    return true;
  }

  /// @return false when the store was closed before all was written
  private boolean write(List<Work> group) throws InterruptedException {
    long began = System.nanoTime();
    Map<TopicKey, RecordPage> trimmed = new LinkedHashMap<>();
    for (int attempt = 1; ; attempt++) {
      try (WriteBatch batch = new WriteBatch()) {
        trimmed.clear();
        changes.begin();
        for (Work work : group) {
          add(work, trimmed, batch);
        }
        changes.end(batch);
        count.end(batch);
        if (batch.count() > 0) {
          database.write(batch, settings.synced());
          metrics.count(Counter.DISK_COMMITS);
          metrics.count(Counter.DISK_COMMIT_BYTES, batch.getDataSize());
          metrics.count(Counter.DISK_COMMIT_MICROS, (System.nanoTime() - began) / 1_000);
        }
        count.onStored();
        if (health.succeeded()) {
          log.warn("Disk: takes events again");
        }
        break;
      } catch (RocksDBException e) {
        if (!recover(e, attempt)) {
          return false;
        }
      }
    }
    trimmed.forEach(this::tell);
    group.forEach(this::done);
    trimTouched();
    return true;
  }

  private void add(Work work, Map<TopicKey, RecordPage> trimmed, WriteBatch batch)
      throws RocksDBException {
    switch (work) {
      case Work.Commits(var commit) -> changes.add(commit, millis.getAsLong(), batch);
      case Work.Put(byte[] key, byte[] value, _) ->
          batch.put(database.family(Family.STATE), key, value);
      case Work.Remove(byte[] key) -> batch.delete(database.family(Family.STATE), key);
      case Work.Inspect(TopicKey topic) -> inspect(topic, trimmed, batch);
      case Work.Passed _ -> {}
    }
  }

  private void done(Work work) {
    waitingBytes.addAndGet(-work.byteCount());
    try {
      switch (work) {
        case Work.Commits(var commit) -> commit.done();
        case Work.Put put -> put.stored().run();
        case Work.Passed(Runnable task) -> task.run();
        case Work.Remove _, Work.Inspect _ -> {}
      }
    } catch (RuntimeException e) {
      metrics.count(Counter.INTERNAL_ERRORS);
      log.error("Disk: what was told of a commit failed", e);
    }
  }

  /// After a failed write or read: waits a moment, and opens the database again when it is not by
  /// itself in order.
  private boolean recover(RocksDBException e, int attempt) throws InterruptedException {
    metrics.count(Counter.DISK_FAILURES);
    if (health.failed(String.valueOf(e.getMessage()))) {
      log.error("Disk: nothing can be stored, tried again: {}", e.getMessage());
    }
    states.clear();
    count.clear();
    if (closing) {
      return false;
    }
    TimeUnit.NANOSECONDS.sleep(TICK_NANOS);
    health.look();
    if (attempt > 1 && !(Database.isFull(e) && health.isShort())) {
      try {
        database.reopen();
      } catch (RocksDBException again) {
        log.debug("Disk: not opened again: {}", again.getMessage());
      }
    }
    return true;
  }

  // Retention.

  /// What the commits just written made too long. A failure leaves it to a later look.
  private void trimTouched() {
    long now = millis.getAsLong();
    Map<TopicKey, RecordPage> trimmed = new LinkedHashMap<>();
    try (WriteBatch batch = new WriteBatch()) {
      for (TopicState state : changes.touched()) {
        if (trimming.isDue(state, now)) {
          trim(state, now, trimmed, batch);
        }
      }
      if (batch.count() > 0) {
        database.write(batch, false);
      }
    } catch (RocksDBException e) {
      states.clear();
      metrics.count(Counter.DISK_FAILURES);
      log.warn("Disk: retention could not trim: {}", e.getMessage());
      return;
    }
    trimmed.forEach(this::tell);
  }

  private void inspect(TopicKey key, Map<TopicKey, RecordPage> trimmed, WriteBatch batch)
      throws RocksDBException {
    TopicState state = states.find(key);
    if (state == null || changes.touched().contains(state)) {
      return; // what this batch adds is not to be found in the database yet
    }
    long now = millis.getAsLong();
    if (Trimming.isForgettable(state.isEmpty(), state.readers, state.quietMillis, now)) {
      erasing.erase(state, batch);
      states.forget(key);
      metrics.count(Counter.DISK_TOPICS_FORGOTTEN);
    } else {
      trim(state, now, trimmed, batch);
    }
  }

  private void trim(TopicState state, long now, Map<TopicKey, RecordPage> trimmed, WriteBatch batch)
      throws RocksDBException {
    long before = state.first;
    @Nullable RecordPage page = trimming.trim(state, now, batch);
    if (page != null) {
      metrics.count(Counter.DISK_EVENTS_TRIMMED, page.firstStored() - before);
      trimmed.put(state.key, page);
    }
  }

  private void tell(TopicKey key, RecordPage page) {
    listener.onTrimmed(key, page);
  }
}
