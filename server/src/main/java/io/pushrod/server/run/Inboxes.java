package io.pushrod.server.run;

import io.pushrod.server.metrics.Counter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What waits at a desk, by inbox; an inbox is there as long as something waits in it.
///
/// **Thread:** the desk's shard.
final class Inboxes {
  private final RunSettings settings;
  private final Map<String, Inbox> byName = new LinkedHashMap<>();

  Inboxes(RunSettings settings) {
    this.settings = settings;
  }

  boolean isEmpty() {
    return byName.isEmpty();
  }

  /// All of them as they are now, in the order in which they began to wait.
  List<Inbox> all() {
    return List.copyOf(byName.values());
  }

  /// @param again whether it has waited before, and so goes first
  void add(Work work, boolean again) {
    Inbox inbox = byName.computeIfAbsent(work.request.inbox(), Inbox::new);
    if (again) {
      inbox.addFirst(work);
    } else {
      inbox.addLast(work);
    }
  }

  void remove(Work work) {
    Inbox inbox = byName.get(work.request.inbox());
    if (inbox != null) {
      inbox.remove(work);
      forgetIfEmpty(inbox);
    }
  }

  void forgetIfEmpty(Inbox inbox) {
    if (inbox.isEmpty()) {
      byName.remove(inbox.name, inbox);
    }
  }

  /// The bound that a request of that many bytes would break; null if there is room for it.
  @Nullable Counter usedUp(String name, int bytes) {
    Inbox inbox = byName.get(name);
    if (inbox == null) {
      return null;
    }
    if (inbox.size() >= settings.queuedRequests()) {
      return Counter.LIMIT_QUEUE_REQUESTS;
    }
    return inbox.bytes() + bytes > settings.queuedBytes() ? Counter.LIMIT_QUEUE_BYTES : null;
  }

  /// The desk is taken down.
  void abandon() {
    byName.values().forEach(Inbox::abandon);
    byName.clear();
  }
}
