package io.pushrod.server.hub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
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
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.ShardMetrics;
import io.pushrod.server.storage.ClusterTopics;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.TopicStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What a shard has of topics whose logs are in a store that many servers share: the newest part of
/// those that somebody reads here.
///
/// **Thread:** the shard.
/* The store gives the sequences, so what is published here and read here comes back by the feed like everybody else's. A
 * topic is followed while it has readers and some seconds longer, and nothing is kept of the others. When the store's log
 * is another one all of a sudden, the readers are moved to it and hear of a gap. */
final class Replicas implements OwnedTopics {
  private static final int TAIL_BYTES = 256 * 1024;

  /// How long a topic without readers is followed.
  private static final long LINGER_MILLIS = 5_000;

  /// Replicas that one sweep looks at.
  private static final int SLICE = 2_000;

  private static final int MAX_SQUEEZE = 40;

  private final Shard shard;
  private final Hub hub;
  private final ClusterTopics cluster;
  private final LogContext context;
  private final ShardMetrics metrics;
  private final Clock clock;
  private final TopicQuota quota;
  private final Supplier<TopicInterest> interest;
  private final Pages pages;
  private final Map<TopicKey, Replica> replicas = new HashMap<>();
  private final List<Replica> order = new ArrayList<>();
  private final ByteBuf record = Unpooled.buffer(1024);
  private int swept;
  private int squeeze;
  private volatile int topics;

  Replicas(
      Shard shard,
      Hub hub,
      ClusterTopics cluster,
      LogContext context,
      ShardMetrics metrics,
      Clock clock,
      TopicQuota quota,
      Supplier<TopicInterest> interest) {
    this.shard = shard;
    this.hub = hub;
    this.cluster = cluster;
    this.context = context;
    this.metrics = metrics;
    this.clock = clock;
    this.quota = quota;
    this.interest = interest;
    this.pages = new Pages(cluster, shard);
  }

  // Publishing.

  /// A batch whose parts are at the store.
  private final class Sent {
    final Batch batch;
    final Shard origin;
    int left = 1;

    Sent(Batch batch, Shard origin) {
      this.batch = batch;
      this.origin = origin;
    }

    void settle(int i, int t, long outcome, long epoch) {
      batch.settle(i, t, outcome, epoch);
      if (outcome > 0) {
        metrics.count(Counter.EVENTS_APPENDED);
      } else if (Appended.isFailure(outcome) && batch.producer() == null) {
        metrics.rejected(Appended.error(outcome));
      }
      finish();
    }

    /// One event in one topic.
    final class Part implements ClusterTopics.Appending {
      private final int publication;
      private final int topic;

      Part(int publication, int topic) {
        this.publication = publication;
        this.topic = topic;
      }

      @Override
      public void onAppended(long outcome, long epoch) {
        settle(publication, topic, outcome, epoch);
      }

      @Override
      public boolean isAbandoned() {
        return batch.isAbandoned();
      }
    }

    void finish() {
      if (--left == 0) {
        shard.done(batch, origin);
      }
    }
  }

  @Override
  public void append(Batch batch, Shard origin) {
    Sent sent = new Sent(batch, origin);
    for (int i = 0; i < batch.publications().size(); i++) {
      Publication publication = batch.publications().get(i);
      for (int t = 0; t < publication.topicCount(); t++) {
        if (hub.owner(publication.topic(t)) == shard) {
          sent.left++;
          send(sent, i, t, publication);
        }
      }
    }
    sent.finish();
  }

  private void send(Sent sent, int i, int t, Publication publication) {
    TopicKey key = publication.topic(t);
    Producer producer = sent.batch.producer();
    ClusterTopics.Sender sender =
        producer == null
            ? null
            : new ClusterTopics.Sender(producer, publication.producerSequence());
    Readers readers = publication.readers();
    if (readers != null) {
      cluster.declare(key, readers, sender, sent.new Part(i, t));
      return;
    }
    record.clear();
    EventRecord.write(t == 0 ? publication : publication.withoutRule(), clock.millis(), record);
    if (publication.type().eventClass() == EventClass.SIGNAL) {
      metrics.count(Counter.SIGNALS);
      cluster.signal(key, record);
      sent.settle(i, t, 0, 0);
      return;
    }
    cluster.append(key, publication, record, sender, sent.new Part(i, t));
  }

  @Override
  public void signal(Publication signal, long nowMillis) {
    metrics.count(Counter.SIGNALS);
    record.clear();
    EventRecord.write(signal, nowMillis, record);
    cluster.signal(signal.topic(0), record);
  }

  @Override
  public boolean isFull() {
    return cluster.isFull();
  }

  @Override
  public void retry() {}

  // Following.

  /// A topic that is followed.
  private final class Replica implements ClusterTopics.Feed {
    final TopicKey key;
    private final EventRecord records = new EventRecord();
    private final List<LogWatcher> watchers = new ArrayList<>(1);
    private List<Consumer<@Nullable TopicLog>> waiting = new ArrayList<>(1);
    @Nullable TopicLog log;
    long unreadSinceMillis;

    Replica(TopicKey key) {
      this.key = key;
    }

    void whenOpen(Consumer<@Nullable TopicLog> answer) {
      if (log == null) {
        waiting.add(answer);
      } else {
        answer.accept(log);
      }
    }

    void watch(LogWatcher watcher) {
      watchers.add(watcher);
      if (log != null) {
        log.watch(watcher);
      }
      if (watchers.size() == 1) {
        interest.get().onFirst(key);
      }
    }

    void unwatch(LogWatcher watcher) {
      if (watchers.remove(watcher)) {
        if (log != null) {
          log.unwatch(watcher);
        }
        if (watchers.isEmpty()) {
          interest.get().onLast(key);
        }
      }
    }

    boolean isForgettable(long nowMillis) {
      if (!watchers.isEmpty() || !waiting.isEmpty()) {
        unreadSinceMillis = 0;
        return false;
      }
      if (unreadSinceMillis == 0) {
        unreadSinceMillis = nowMillis;
      }
      return nowMillis - unreadSinceMillis >= LINGER_MILLIS;
    }

    @Override
    public void onOpened(StoredTopic topic) {
      TopicLog before = log;
      if (before != null
          && before.epoch() == topic.epoch()
          && before.lastSequence() == topic.last()) {
        before.restore(topic.readers(), topic.sealed());
        before.announce(clock.nanos());
        return;
      }
      TopicLog opened = Pages.open(topic, key, context);
      pages.restore(opened, topic.tail());
      pages.trimmed(opened, topic.tail());
      opened.restore(topic.readers(), topic.sealed());
      if (topic.kept()) {
        opened.keep(context.emitted());
      }
      log = opened;
      watchers.forEach(opened::watch);
      if (before != null) {
        watchers.forEach(watcher -> watcher.onReplaced(opened));
        before.close();
      }
      List<Consumer<@Nullable TopicLog>> all = waiting;
      waiting = new ArrayList<>(1);
      all.forEach(answer -> answer.accept(opened));
    }

    @Override
    public void onRecords(RecordPage page) {
      TopicLog to = log;
      if (to == null) {
        return;
      }
      for (int i = 0; i < page.count(); i++) {
        if (page.first() + i == to.lastSequence() + 1) {
          int start = page.start(i);
          to.restore(
              records.read(key, page.bytes(), start, page.end(i) - start),
              EventRecord.appendedMillis(page.bytes(), start));
          if (EventRecord.keeps(page.bytes(), start)) {
            to.keep(context.emitted());
          }
        }
      }
      pages.trimmed(to, page);
      to.trim(clock.millis());
      to.announce(clock.nanos());
    }

    @Override
    public void onDeclared(Readers readers) {
      if (log != null) {
        log.restore(readers, false);
        log.announce(clock.nanos());
      }
    }

    @Override
    public void onSealed() {
      if (log != null) {
        log.restore(null, true);
        log.announce(clock.nanos());
      }
    }

    @Override
    public void onSignal(ByteBuf bytes) {
      if (log != null) {
        log.signal(
            records.read(key, bytes, bytes.readerIndex(), bytes.readableBytes()), clock.millis());
      }
    }

    @Override
    public void onLost() {
      metrics.count(Counter.TOPICS_LOST);
    }

    void close() {
      cluster.unfollow(key);
      quota.giveBack(key.tenant());
      waiting.forEach(answer -> answer.accept(null));
      if (log != null) {
        log.close();
      }
    }
  }

  /// The replica of a topic, which is followed from now on; null when its tenant may have no more
  /// topics.
  private @Nullable Replica replica(TopicKey key) {
    Replica known = replicas.get(key);
    if (known != null) {
      return known;
    }
    if (!quota.take(key.tenant())) {
      metrics.count(Counter.QUOTA_TOPICS);
      return null;
    }
    Replica replica = new Replica(key);
    replicas.put(key, replica);
    order.add(replica);
    topics = replicas.size();
    cluster.follow(key, TAIL_BYTES, replica);
    return replica;
  }

  @Override
  public void watch(
      TopicKey key, LogWatcher watcher, boolean declared, Consumer<@Nullable TopicLog> answer) {
    if (declared && !replicas.containsKey(key)) {
      find(key, log -> watchDeclared(key, watcher, log, answer));
      return;
    }
    Replica replica = replica(key);
    if (replica == null) {
      answer.accept(null);
    } else if (declared) {
      replica.whenOpen(log -> watchDeclared(key, watcher, log, answer));
    } else {
      replica.watch(watcher);
      replica.whenOpen(answer);
    }
  }

  private void watchDeclared(
      TopicKey key,
      LogWatcher watcher,
      @Nullable TopicLog log,
      Consumer<@Nullable TopicLog> answer) {
    Readers readers = log == null ? null : log.readers();
    Replica replica = replicas.get(key);
    if (readers == null || !readers.declared() || replica == null) {
      answer.accept(null);
    } else {
      replica.watch(watcher);
      replica.whenOpen(answer);
    }
  }

  @Override
  public void unwatch(TopicKey key, LogWatcher watcher) {
    Replica replica = replicas.get(key);
    if (replica != null) {
      replica.unwatch(watcher);
    }
  }

  @Override
  public void find(TopicKey key, Consumer<@Nullable TopicLog> answer) {
    Replica known = replicas.get(key);
    if (known != null) {
      known.whenOpen(answer);
      return;
    }
    cluster.open(
        key,
        0,
        opened ->
            shard.execute(
                () -> {
                  Replica replica =
                      opened instanceof TopicStore.Opened.Found ? replica(key) : replicas.get(key);
                  if (replica == null) {
                    answer.accept(null);
                  } else {
                    replica.whenOpen(answer);
                  }
                }));
  }

  @Override
  public void load(TopicLog log, long from, Runnable done) {
    pages.load(log, from, done);
  }

  @Override
  public void squeeze(boolean more) {
    squeeze = more ? Math.min(squeeze + 1, MAX_SQUEEZE) : Math.max(squeeze - 1, 0);
    context.squeeze(squeeze);
  }

  @Override
  public void sweep() {
    long millis = clock.millis();
    for (int budget = Math.min(SLICE, order.size()); budget > 0 && !order.isEmpty(); budget--) {
      swept = swept >= order.size() ? 0 : swept;
      Replica replica = order.get(swept);
      if (replica.log != null) {
        replica.log.trim(millis);
      }
      if (replica.isForgettable(millis)) {
        Replica moved = order.removeLast();
        if (moved != replica) {
          order.set(swept, moved);
        }
        replicas.remove(replica.key);
        topics = replicas.size();
        replica.close();
      } else {
        swept++;
      }
    }
  }

  @Override
  public int topics() {
    return topics;
  }

  @Override
  public void close() {
    order.forEach(Replica::close);
    order.clear();
    replicas.clear();
    record.release();
  }
}
