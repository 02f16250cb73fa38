package io.pushrod.server.run;

import io.pushrod.server.metrics.Counter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// The runs of one tenant: those that go on, and those that ended not long ago.
///
/// **Thread:** the desk's shard.
final class RunBook {
  /// @param user whose key it is
  private record Key(String user, String text) {}

  private final RunSettings settings;
  private final RunRegistry registry;
  private final DeskRecords records;
  private final PastRuns past;

  /// Oldest first.
  private final SequencedMap<String, Run> runs = new LinkedHashMap<>();

  private final SequencedSet<Run> ended = new LinkedHashSet<>();
  private final Map<Key, Run> byKey = new HashMap<>();
  private final Map<Run, Key> keys = new HashMap<>();
  private final Map<String, Integer> activeByUser = new HashMap<>();

  RunBook(RunSettings settings, RunRegistry registry, DeskRecords records, PastRuns past) {
    this.settings = settings;
    this.registry = registry;
    this.records = records;
    this.past = past;
  }

  /// Those that ended before this process had the desk.
  PastRuns past() {
    return past;
  }

  @Nullable Run find(String id) {
    return runs.get(id);
  }

  @Nullable Run byKey(String user, @Nullable String idempotencyKey) {
    return idempotencyKey == null ? null : byKey.get(new Key(user, idempotencyKey));
  }

  /// Which quota leaves this user no room for another run; null for none.
  @Nullable Counter usedUp(String user) {
    if (runs.size() - ended.size() >= settings.activePerTenant()) {
      return Counter.QUOTA_RUNS_PER_TENANT;
    }
    return activeByUser.getOrDefault(user, 0) >= settings.activePerUser()
        ? Counter.QUOTA_RUNS_PER_USER
        : null;
  }

  void add(Run run) {
    runs.put(run.id(), run);
    registry.add(run);
    activeByUser.merge(run.user(), 1, Integer::sum);
    if (run.key() != null) {
      Key key = new Key(run.user(), run.key());
      byKey.put(key, run);
      keys.put(run, key);
    }
  }

  /// It counts no longer, but can be asked for.
  void ended(Run run) {
    ended.add(run);
    activeByUser.computeIfPresent(run.user(), (_, count) -> count == 1 ? null : count - 1);
    while (ended.size() + past.size() > settings.retained()) {
      if (!past.forgetOldest()) {
        forget(ended.getFirst());
      }
    }
  }

  void forget(Run run) {
    if (ended.remove(run)) {
      runs.remove(run.id());
      registry.remove(run);
      Key key = keys.remove(run);
      if (key != null) {
        byKey.remove(key);
      }
      records.forget(run.id());
    }
  }

  /// The desk is taken down.
  void abandon() {
    for (Run run : runs.values()) {
      run.abandon();
      registry.remove(run);
    }
  }

  List<Run> active() {
    List<Run> active = new ArrayList<>(runs.values());
    active.removeAll(ended);
    return active;
  }

  /// Newest first.
  List<RunView> list(Predicate<RunView> which, int limit) {
    List<RunView> found = new ArrayList<>();
    for (Run run : runs.sequencedValues().reversed()) {
      if (found.size() >= limit) {
        break;
      }
      if (which.test(run.view())) {
        found.add(run.view());
      }
    }
    found.addAll(past.list(which, limit - found.size()));
    return found;
  }
}
