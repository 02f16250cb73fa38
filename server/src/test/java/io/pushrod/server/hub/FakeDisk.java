package io.pushrod.server.hub;

import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.Commit;
import io.pushrod.server.storage.DiskTopics;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// A store that writes when the test says so.
public final class FakeDisk implements DiskTopics {
  private static final class Stored {
    long epoch;
    boolean sealed;
    boolean kept;
    @Nullable Readers readers;
    final List<byte[]> records = new ArrayList<>();
    final Map<String, StoredTopic.KnownProducer> producers = new LinkedHashMap<>();
  }

  final Queue<Commit> commits = new ArrayDeque<>();
  final Queue<Runnable> answers = new ArrayDeque<>();
  private final Map<TopicKey, Stored> topics = new HashMap<>();
  @Nullable String obstacle;

  /// Stores what was handed over, and tells.
  public void write() {
    while (!commits.isEmpty()) {
      Commit commit = commits.remove();
      commit.changes().forEach(change -> apply(commit, change));
      commit.done();
    }
  }

  /// Answers what was asked.
  public void answer() {
    while (!answers.isEmpty()) {
      answers.remove().run();
    }
  }

  /// What was not written is lost.
  public void crash() {
    commits.clear();
    answers.clear();
  }

  /// Whether nothing waits to be written or answered.
  public boolean isQuiet() {
    return commits.isEmpty() && answers.isEmpty();
  }

  int records(TopicKey key) {
    Stored stored = topics.get(key);
    return stored == null ? 0 : stored.records.size();
  }

  private void apply(Commit commit, Commit.Change change) {
    Stored to = topics.computeIfAbsent(change.key(), _ -> new Stored());
    to.epoch = change.epoch();
    switch (change) {
      case Commit.Change.Event event -> {
        if (event.sequence() != to.records.size() + 1) {
          throw new AssertionError("sequence: " + event.sequence());
        }
        byte[] record = new byte[event.length()];
        commit.bytes().getBytes(event.offset(), record);
        to.records.add(record);
        to.sealed |= event.seals();
        to.kept |= event.keeps();
        Producer producer = event.producer();
        if (producer != null) {
          note(to, producer, event.producerSequence());
        }
      }
      case Commit.Change.Noted(TopicKey _, long _, Producer producer, long sequence) ->
          note(to, producer, sequence);
      case Commit.Change.Declared(TopicKey _, long _, Readers readers) -> to.readers = readers;
    }
  }

  private static void note(Stored to, Producer producer, long sequence) {
    to.producers.put(
        producer.id(), new StoredTopic.KnownProducer(producer.id(), producer.epoch(), sequence));
  }

  @Override
  public void commit(Commit commit) {
    commits.add(commit);
  }

  @Override
  public void onTrim(TrimListener listener) {}

  @Override
  public void open(TopicKey key, int tailBytes, Consumer<Opened> answer) {
    answers.add(
        () -> {
          Stored stored = topics.get(key);
          answer.accept(
              stored == null
                  ? new Opened.None()
                  : new Opened.Found(
                      new StoredTopic(
                          stored.epoch,
                          1,
                          stored.records.size(),
                          stored.sealed,
                          stored.kept,
                          stored.readers,
                          List.copyOf(stored.producers.values()),
                          RecordPage.empty(1))));
        });
  }

  @Override
  public void read(TopicKey key, long from, int maxBytes, Consumer<Answer> answer) {
    answers.add(
        () -> {
          RecordPage.Builder page = new RecordPage.Builder(from);
          List<byte[]> all = Objects.requireNonNull(topics.get(key)).records;
          for (long s = from; s <= all.size() && page.byteCount() < maxBytes; s++) {
            page.out().writeBytes(all.get((int) s - 1));
            page.add();
          }
          answer.accept(new Answer.Read(page.build(1, List.of())));
        });
  }

  @Override
  public @Nullable String obstacle() {
    return obstacle;
  }

  @Override
  public boolean isOut() {
    return obstacle() != null;
  }

  @Override
  public boolean isFull() {
    return obstacle != null;
  }

  @Override
  public void close() {}
}
