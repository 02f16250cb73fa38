package io.pushrod.server.hub;

import io.pushrod.codec.Cursor;
import io.pushrod.server.log.LogContext;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.log.TopicLog;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The logs of the topics that a shard owns, by name, and the sweep that trims them and drops those
/// that nobody needs.
///
/// **Thread:** the shard; [#count] any.
final class OwnedLogs {
  /// Logs that one sweep looks at, so that a shard of a million topics is not held up: about 1 ms.
  private static final int MIN_SLICE = 256;

  private static final int MAX_SLICE = 2_000;
  private static final int MAX_SQUEEZED_SLICE = 8_000;

  /// By then no log may keep anything.
  private static final int MAX_SQUEEZE = 40;

  private final Map<TopicKey, TopicLog> logs = new HashMap<>();
  private final List<TopicLog> order = new ArrayList<>();
  private final LogContext context;
  private final TopicQuota quota;
  private final SecureRandom random = new SecureRandom();
  private int swept;

  /// Logs in `order` that are gone; the sweep takes them out.
  private int dead;

  private int squeeze;
  private volatile int count;

  OwnedLogs(LogContext context, TopicQuota quota) {
    this.context = context;
    this.quota = quota;
  }

  @Nullable TopicLog find(TopicKey key) {
    return logs.get(key);
  }

  boolean has(TopicKey key) {
    return logs.containsKey(key);
  }

  int count() {
    return count;
  }

  /// A log without events; null when its tenant may have no more topics.
  @Nullable TopicLog begin(TopicKey key) {
    if (!quota.take(key.tenant())) {
      return null;
    }
    TopicLog log = new TopicLog(key, 1 + random.nextLong(Cursor.EPOCH_BOUND - 1), context);
    add(log);
    return log;
  }

  /// Takes a log that its tenant has already.
  void restore(TopicLog log) {
    quota.keep(log.key().tenant());
    add(log);
  }

  private void add(TopicLog log) {
    logs.put(log.key(), log);
    order.add(log);
    count = logs.size();
  }

  /// Takes a log back that just began, if nothing came of it.
  void dropIfNew(TopicLog log) {
    if (log.appendedSequence() == 0 && order.getLast() == log && log.isDisposable()) {
      order.removeLast();
      forget(log);
    }
  }

  /// A log that nobody needs stays for a while, as long as its tenant has room: whoever asks for
  /// ever more names must not use up the places of topics that have events.
  void dropIfCrowded(TopicLog log) {
    if (log.isDisposable() && quota.isHalfUsed(log.key().tenant())) {
      forget(log);
      dead++;
    }
  }

  private void forget(TopicLog log) {
    logs.remove(log.key());
    log.close();
    quota.giveBack(log.key().tenant());
    count = logs.size();
  }

  /// As [OwnedTopics#squeeze] does.
  void squeeze(boolean more) {
    squeeze = more ? Math.min(squeeze + 1, MAX_SQUEEZE) : Math.max(squeeze - 1, 0);
    context.squeeze(squeeze);
  }

  /// As [OwnedTopics#sweep] does.
  void sweep(long nowMillis) {
    int most = squeeze > 0 ? MAX_SQUEEZED_SLICE : MAX_SLICE;
    int budget = Math.clamp(order.size() / 10, MIN_SLICE, most);
    for (; budget > 0 && !order.isEmpty(); budget--) {
      swept = swept >= order.size() ? 0 : swept;
      TopicLog log = order.get(swept);
      boolean isDead = dead > 0 && logs.get(log.key()) != log;
      if (isDead) {
        dead--;
      } else {
        log.trim(nowMillis);
      }
      if (isDead || log.isForgettable(nowMillis)) {
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

  void close() {
    logs.keySet().forEach(key -> quota.giveBack(key.tenant()));
    logs.values().forEach(TopicLog::close);
    order.clear();
    logs.clear();
  }
}
