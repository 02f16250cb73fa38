package io.pushrod.server.run;

import io.pushrod.server.log.Producer;
import io.pushrod.server.log.TopicKey;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.SequencedSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// What a server knows of the runs of all desks, wherever they are.
///
/// **Thread:** the clerk's, except [#find].
/* A run only goes forward: accepted, running, cancelling, ended. So what is said of it may come twice, late, or from the
 * store and a desk at the same time: what is further counts. */
final class RunMirror {
  /// A run that is somewhere.
  static final class Mirrored {
    final EmitReport report;
    private volatile RunView view;
    private volatile @Nullable Producer holder;
    private final List<Consumer<RunView>> watchers = new ArrayList<>(1);

    private Mirrored(RunView view, @Nullable Producer holder, EmitReport report) {
      this.view = view;
      this.holder = holder;
      this.report = report;
    }

    /// **Thread:** any.
    RunView view() {
      return view;
    }

    /// **Thread:** any.
    @Nullable Producer holder() {
      return holder;
    }
  }

  /// The runs of one tenant, oldest first.
  private static final class Book {
    final SequencedMap<String, Mirrored> runs = new LinkedHashMap<>();
    final SequencedSet<String> ended = new LinkedHashSet<>();
  }

  private final RunSettings settings;
  private final ConcurrentMap<TopicKey, Mirrored> byTopic = new ConcurrentHashMap<>();
  private final Map<String, Book> books = new HashMap<>();

  RunMirror(RunSettings settings) {
    this.settings = settings;
  }

  /// **Thread:** any.
  @Nullable Mirrored find(TopicKey topic) {
    return byTopic.get(topic);
  }

  /// @param holder who may publish to it; null for nobody
  void say(RunView run, @Nullable Producer holder) {
    TopicKey topic = new TopicKey(run.tenant(), run.topic());
    Mirrored known = byTopic.get(topic);
    if (known == null) {
      known = new Mirrored(run, holder, new EmitReport(settings));
      byTopic.put(topic, known);
      books.computeIfAbsent(run.tenant(), _ -> new Book()).runs.put(run.id(), known);
    } else if (rank(run) < rank(known.view)) {
      return;
    } else {
      boolean changed = !run.equals(known.view);
      known.holder = holder;
      known.view = run;
      if (changed) {
        List.copyOf(known.watchers).forEach(watcher -> watcher.accept(run));
      }
    }
    if (run.status().isTerminal()) {
      end(known);
    }
  }

  private static int rank(RunView run) {
    return switch (run.status()) {
      case ACCEPTED -> 0;
      case RUNNING -> run.cancelling() ? 2 : 1;
      case COMPLETED, FAILED, CANCELLED, TIMED_OUT -> 3;
    };
  }

  private void end(Mirrored run) {
    run.watchers.clear();
    String tenant = run.view.tenant();
    Book book = books.get(tenant);
    if (book != null) {
      book.ended.add(run.view.id());
      while (book.ended.size() > settings.retained()) {
        forget(tenant, book, book.ended.getFirst());
      }
    }
  }

  private void forget(String tenant, Book book, String id) {
    book.ended.remove(id);
    Mirrored run = book.runs.remove(id);
    if (run != null) {
      byTopic.remove(new TopicKey(tenant, run.view.topic()), run);
    }
    if (book.runs.isEmpty()) {
      books.remove(tenant);
    }
  }

  /// Forgets those that ended too long ago.
  ///
  /// @param nowMillis since 1970
  void sweep(long nowMillis) {
    for (Map.Entry<String, Book> each : List.copyOf(books.entrySet())) {
      Book book = each.getValue();
      while (!book.ended.isEmpty() && isOver(book, book.ended.getFirst(), nowMillis)) {
        forget(each.getKey(), book, book.ended.getFirst());
      }
    }
  }

  private boolean isOver(Book book, String id, long nowMillis) {
    Mirrored run = book.runs.get(id);
    return run == null || nowMillis - run.view.endedMillis() > settings.retentionMillis();
  }

  boolean hasActive(String tenant) {
    Book book = books.get(tenant);
    return book != null && book.runs.size() > book.ended.size();
  }

  /// All tenants of which runs are known.
  List<String> tenants() {
    return List.copyOf(books.keySet());
  }

  /// Newest first.
  List<RunView> list(String tenant, Predicate<RunView> which, int limit) {
    List<RunView> found = new ArrayList<>();
    Book book = books.get(tenant);
    if (book != null) {
      for (Mirrored run : book.runs.sequencedValues().reversed()) {
        if (found.size() >= limit) {
          break;
        }
        if (which.test(run.view)) {
          found.add(run.view);
        }
      }
    }
    return found;
  }

  /// Hears of each change from now on, first of the present view.
  void watch(TopicKey topic, Consumer<RunView> listener) {
    Mirrored run = byTopic.get(topic);
    if (run != null) {
      if (!run.view.status().isTerminal()) {
        run.watchers.add(listener);
      }
      listener.accept(run.view);
    }
  }

  void unwatch(TopicKey topic, Consumer<RunView> listener) {
    Mirrored run = byTopic.get(topic);
    if (run != null) {
      run.watchers.remove(listener);
    }
  }
}
