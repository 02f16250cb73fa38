package io.pushrod.server.run;

import io.pushrod.server.run.RunStore.Loaded;
import io.pushrod.server.run.RunStore.Shelf;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The runs of one tenant that ended before this process had its desk. They are read from the store
/// when somebody asks for the first of them, not at the start.
///
/// **Thread:** looking is for any; forgetting is the desk's.
final class PastRuns {
  private static final Logger log = LoggerFactory.getLogger(PastRuns.class);

  /// @param user whose key it is
  private record Key(String user, String text) {}

  /// @param endedMillis in the desk's time
  private record Past(RunView view, @Nullable Key key, long endedMillis) {}

  private final String tenant;
  private final RunStore store;
  private final int retained;
  private final Predicate<String> isPresent;
  private final Map<String, Past> byId = new ConcurrentHashMap<>();
  private final Map<Key, Past> byKey = new ConcurrentHashMap<>();

  /// Oldest end first; under this object's lock.
  private final Deque<Past> ended = new ArrayDeque<>();

  /// Under this object's lock.
  private final List<Consumer<Boolean>> waiting = new ArrayList<>(1);

  private volatile boolean loaded;
  private boolean asked;

  /// @param retained how many are remembered
  /// @param isPresent whether a run ended here and now, and so is no past one
  PastRuns(String tenant, RunStore store, int retained, Predicate<String> isPresent) {
    this.isPresent = isPresent;
    this.tenant = tenant;
    this.store = store;
    this.retained = retained;
    this.loaded = !store.keeps();
  }

  @Nullable RunView find(String id) {
    load();
    Past found = byId.get(id);
    return found == null ? null : found.view();
  }

  @Nullable RunView byKey(String user, @Nullable String key) {
    if (key == null) {
      return null;
    }
    load();
    Past found = byKey.get(new Key(user, key));
    return found == null ? null : found.view();
  }

  /// Newest first.
  List<RunView> list(Predicate<RunView> which, int limit) {
    load();
    List<RunView> found = new ArrayList<>();
    byId.values().stream()
        .map(Past::view)
        .filter(which)
        .sorted(Comparator.comparingLong(RunView::createdMillis).reversed())
        .limit(Math.max(0, limit))
        .forEach(found::add);
    return found;
  }

  int size() {
    return byId.size();
  }

  /// Reads them, if nobody has; a store that answers at once has answered when this returns.
  synchronized void load() {
    if (loaded || asked) {
      return;
    }
    asked = true;
    store.load(tenant, Shelf.ENDED, this::onLoaded);
  }

  /// Reads them, if nobody has.
  ///
  /// @param answer gets whether they are there; on any thread
  void whenLoaded(Consumer<Boolean> answer) {
    synchronized (this) {
      if (!loaded) {
        waiting.add(answer);
        load();
        return;
      }
    }
    answer.accept(true);
  }

  private void onLoaded(Loaded answer) {
    List<Consumer<Boolean>> all;
    synchronized (this) {
      asked = false;
      switch (answer) {
        case Loaded.Records(Map<String, byte[]> records) -> fill(records);
        case Loaded.Failed(String message) ->
            log.warn("Ended runs of tenant {}: not read, tried again: {}", tenant, message);
      }
      all = List.copyOf(waiting);
      waiting.clear();
    }
    all.forEach(each -> each.accept(loaded));
  }

  private void fill(Map<String, byte[]> records) {
    List<Past> runs = new ArrayList<>(records.size());
    records.forEach(
        (key, bytes) -> {
          Past run = read(key, bytes);
          if (run != null && !isPresent.test(run.view().id())) {
            runs.add(run);
          }
        });
    runs.sort(Comparator.comparingLong(Past::endedMillis));
    for (Past run : runs) {
      byId.put(run.view().id(), run);
      if (run.key() != null) {
        byKey.put(run.key(), run);
      }
      ended.add(run);
    }
    loaded = true;
    while (ended.size() > retained) {
      forgetOldest();
    }
  }

  private @Nullable Past read(String key, byte[] bytes) {
    try {
      if (RecordCodec.decode(tenant, bytes) instanceof RunRecord.OfRun run) {
        RunView view = run.shown();
        return new Past(
            view, run.key() == null ? null : new Key(view.user(), run.key()), run.endedMillis());
      }
    } catch (IllegalArgumentException e) {
      log.warn("Ended run {} of tenant {}: left out: {}", key, tenant, e.getMessage());
    }
    return null;
  }

  /// Forgets the one that ended first.
  ///
  /// @return false when there is none
  synchronized boolean forgetOldest() {
    Past oldest = ended.poll();
    if (oldest == null) {
      return false;
    }
    byId.remove(oldest.view().id(), oldest);
    if (oldest.key() != null) {
      byKey.remove(oldest.key(), oldest);
    }
    store.remove(tenant, Shelf.ENDED, DeskRecords.runKey(oldest.view().id()));
    return true;
  }

  /// Forgets those that ended before.
  ///
  /// @param millis of the desk's time
  synchronized void forgetBefore(long millis) {
    while (!ended.isEmpty() && ended.element().endedMillis() < millis) {
      forgetOldest();
    }
  }
}
