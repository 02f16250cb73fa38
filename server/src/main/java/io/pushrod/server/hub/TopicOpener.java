package io.pushrod.server.hub;

import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.TopicStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks topics up in a store before they are used, each once for all who wait for it, and puts
/// those that it has among the logs of a shard.
///
/// **Thread:** the shard.
final class TopicOpener {
  private static final Logger errors = LoggerFactory.getLogger(TopicOpener.class);

  /// Of a log that is opened, the newest part.
  private static final long MAX_TAIL_BYTES = 256 * 1024;

  private static final long REOPEN_MILLIS = 500;

  /// Names of topics that are known not to be stored: more than one batch can bring, which needs
  /// all of its own at a time.
  private static final int MAX_ABSENT = 200_000;

  private final TopicStore store;
  private final Shard shard;
  private final LogContext context;
  private final OwnedLogs logs;
  private final Pages pages;
  private final Runnable onOpened;

  /// Who waits for topics that are looked up.
  private final Map<TopicKey, List<Runnable>> waiting = new HashMap<>();

  private final Set<TopicKey> absent = new HashSet<>();

  /// @param onOpened runs whenever a topic was opened
  TopicOpener(
      TopicStore store,
      Shard shard,
      LogContext context,
      OwnedLogs logs,
      Pages pages,
      Runnable onOpened) {
    this.store = store;
    this.shard = shard;
    this.context = context;
    this.logs = logs;
    this.pages = pages;
    this.onOpened = onOpened;
  }

  /// Whether it is known what is stored of a topic: its log is there, or it has none.
  boolean isOpen(TopicKey key) {
    return logs.has(key) || absent.contains(key);
  }

  /// A topic that was absent has begun.
  void onBegun(TopicKey key) {
    absent.remove(key);
  }

  /// Opens a topic; a store that fails is asked again until it answers.
  void open(TopicKey key) {
    var _ = whoWaits(key);
  }

  /// @param then runs when the topic is open
  void open(TopicKey key, Runnable then) {
    whoWaits(key).add(then);
  }

  private List<Runnable> whoWaits(TopicKey key) {
    List<Runnable> all = waiting.get(key);
    if (all == null) {
      all = new ArrayList<>(1);
      waiting.put(key, all);
      lookUp(key);
    }
    return all;
  }

  private void lookUp(TopicKey key) {
    store.open(
        key,
        (int) Math.min(context.residentBytes() / 4, MAX_TAIL_BYTES),
        answer -> shard.execute(() -> opened(key, answer)));
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
    List<Runnable> all = waiting.remove(key);
    if (all != null) {
      all.forEach(Runnable::run);
    }
    onOpened.run();
  }

  private void restore(TopicKey key, StoredTopic topic) {
    if (logs.has(key)) {
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
    logs.restore(log);
  }
}
