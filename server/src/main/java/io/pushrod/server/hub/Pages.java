package io.pushrod.server.hub;

import io.pushrod.server.log.EventRecord;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.ShelvedEvent;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.TopicStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// Brings what is stored of logs back into memory.
///
/// **Thread:** the owner of the logs.
final class Pages {
  /// Of one page: what a reader takes in a few turns.
  private static final int PAGE_BYTES = 256 * 1024;

  private static final long RETRY_MILLIS = 250;

  private record Wanted(TopicLog log, long from) {}

  private final TopicStore store;
  private final Shard shard;
  private final EventRecord records = new EventRecord();

  /// Who waits for pages that are under way.
  private final Map<Wanted, List<Runnable>> waiting = new HashMap<>();

  Pages(TopicStore store, Shard shard) {
    this.store = store;
    this.shard = shard;
  }

  /// As [OwnedTopics#load] does.
  void load(TopicLog log, long from, Runnable done) {
    if (!log.isAbsent(from)) {
      done.run();
      return;
    }
    Wanted wanted = new Wanted(log, from);
    List<Runnable> others = waiting.get(wanted);
    if (others != null) {
      others.add(done);
      return;
    }
    List<Runnable> all = new ArrayList<>(1);
    all.add(done);
    waiting.put(wanted, all);
    store.read(log.key(), from, PAGE_BYTES, answer -> shard.execute(() -> loaded(wanted, answer)));
  }

  private void loaded(Wanted wanted, TopicStore.Answer answer) {
    List<Runnable> all = waiting.remove(wanted);
    if (answer instanceof TopicStore.Answer.Read(RecordPage page)) {
      add(wanted.log(), page);
    }
    if (all == null) {
      return;
    }
    Runnable wake = () -> all.forEach(Runnable::run);
    if (wanted.log().isAbsent(wanted.from())) {
      shard.schedule(wake, RETRY_MILLIS); // the store or memory has none now
    } else {
      wake.run();
    }
  }

  private void add(TopicLog log, RecordPage page) {
    long until = Math.min(page.last(), log.lastSequence());
    List<Publication> events = new ArrayList<>(page.count());
    for (int i = 0; page.first() + i <= until; i++) {
      events.add(event(log, page, i));
    }
    trimmed(log, page);
    if (!events.isEmpty() && log.isAbsent(page.first())) {
      log.addPage(page.first(), events, EventRecord.appendedMillis(page.bytes(), page.start(0)));
    }
  }

  /// Brings back the newest records, which end with the log's last event.
  void restore(TopicLog log, RecordPage page) {
    for (int i = 0; i < page.count(); i++) {
      log.restore(event(log, page, i), EventRecord.appendedMillis(page.bytes(), page.start(i)));
    }
  }

  /// Where a log that is stored begins in memory: with its tail, or behind its end.
  static TopicLog open(StoredTopic topic, TopicKey key, LogContext context) {
    long next = topic.tail().count() == 0 ? topic.last() + 1 : topic.tail().first();
    TopicLog log = TopicLog.stored(key, topic.epoch(), topic.first(), next, context);
    log.goesOnFrom(topic.former());
    return log;
  }

  /// Takes over what the store has dropped.
  void trimmed(TopicLog log, RecordPage page) {
    if (page.firstStored() > log.firstSequence() || !page.shelved().isEmpty()) {
      List<ShelvedEvent> shelved = new ArrayList<>(page.shelved().size());
      for (RecordPage.Shelved each : page.shelved()) {
        shelved.add(
            log.shelve(
                each.sequence(),
                records.read(
                    log.key(),
                    each.bytes(),
                    each.bytes().readerIndex(),
                    each.bytes().readableBytes())));
      }
      log.trimmedTo(page.firstStored(), shelved);
    }
  }

  private Publication event(TopicLog log, RecordPage page, int i) {
    int start = page.start(i);
    return records.read(log.key(), page.bytes(), start, page.end(i) - start);
  }
}
