package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.pushrod.codec.EventClass;
import io.pushrod.server.log.EventRecord;
import io.pushrod.server.log.EventType;
import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Publication;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.storage.Commit;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.TopicStore;
import io.pushrod.server.support.LogFixture;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/// A store in a folder of the test's, with a clock that stands still and a disk whose space is
/// said.
final class DiskFixture implements AutoCloseable {
  static final TopicKey KEY = new TopicKey("acme", "thread/42");
  static final long EPOCH = 71;
  static final Retention AMPLE = new Retention(1L << 40, 1L << 40, 1L << 40, 1 << 16);
  static final EventType NOTE = LogFixture.TYPES.of("note", null);
  static final EventType STARTED = LogFixture.TYPES.of("run_start", null);

  final AtomicLong usableBytes = new AtomicLong(Long.MAX_VALUE);
  final AtomicLong millis = new AtomicLong(1_795_241_760_123L);
  final List<RecordPage> trimmed = new ArrayList<>();
  MetricsRegistry metrics = new MetricsRegistry("test");
  DiskStore store;
  private final DiskSettings settings;

  DiskFixture(Path folder) {
    this(folder, AMPLE);
  }

  DiskFixture(Path folder, Retention retention) {
    this(settings(folder, retention, false));
  }

  DiskFixture(DiskSettings settings) {
    this.settings = settings;
    this.store = open();
  }

  static DiskSettings settings(Path folder, Retention retention, boolean cut) {
    return settings(folder, retention, cut, true);
  }

  static DiskSettings settings(Path folder, Retention retention, boolean cut, boolean synced) {
    return new DiskSettings(
        folder, synced, 0, 1 << 20, 1 << 20, 1_000, 32 << 20, 64, 1, 1_000, cut, retention, 3);
  }

  private DiskStore open() {
    DiskStore opened = DiskStore.open(settings, usableBytes::get, metrics, millis::get);
    opened.onTrim(
        (_, page) -> {
          synchronized (trimmed) {
            trimmed.add(page);
          }
        });
    return opened;
  }

  /// Closes the store and opens its folder again.
  void restart() {
    store.close();
    metrics = new MetricsRegistry("test");
    store = open();
  }

  /// A commit that is filled, then stored.
  final class Filling {
    private final CompletableFuture<Void> done = new CompletableFuture<>();
    private final Commit commit = new Commit(() -> done.complete(null));
    private final long epoch;

    Filling(long epoch) {
      this.epoch = epoch;
    }

    Filling event(long sequence, String data) {
      return event(KEY, sequence, NOTE, data, null, 0, false);
    }

    Filling event(
        TopicKey key,
        long sequence,
        EventType type,
        String data,
        @Nullable Producer producer,
        long producerSequence,
        boolean seals) {
      ByteBuf out = commit.bytes();
      int offset = out.writerIndex();
      byte[] json = data.getBytes(UTF_8);
      EventRecord.write(
          new Publication(
              new TopicKey[] {key},
              type,
              Publication.NO_IDS,
              0,
              producerSequence,
              Unpooled.wrappedBuffer(json),
              0,
              json.length),
          millis.get(),
          out);
      commit.add(
          new Commit.Change.Event(
              key,
              epoch,
              sequence,
              offset,
              out.writerIndex() - offset,
              type.eventClass() == EventClass.LIFECYCLE,
              producer,
              producerSequence,
              seals,
              false));
      return this;
    }

    Filling noted(Producer producer, long sequence) {
      commit.add(new Commit.Change.Noted(KEY, epoch, producer, sequence));
      return this;
    }

    Filling declared(Readers readers) {
      commit.add(new Commit.Change.Declared(KEY, epoch, readers));
      return this;
    }

    /// Hands it over.
    CompletableFuture<Void> begin() {
      store.commit(commit);
      return done;
    }

    /// Returns when it is stored.
    void store() {
      await(begin());
    }
  }

  Filling commit() {
    return commit(EPOCH);
  }

  Filling commit(long epoch) {
    return new Filling(epoch);
  }

  /// Stores events `{"n":first}` to `{"n":last}`, in as many commits.
  void append(long first, long last) {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (long n = first; n <= last; n++) {
      done = commit().event(n, "{\"n\":" + n + "}").begin();
    }
    await(done);
  }

  /// The same, one after the other, so that none is written with another.
  void appendEach(long first, long last) {
    for (long n = first; n <= last; n++) {
      append(n, n);
    }
  }

  TopicStore.Opened open(TopicKey key, int tailBytes) {
    CompletableFuture<TopicStore.Opened> answer = new CompletableFuture<>();
    store.open(key, tailBytes, answer::complete);
    return await(answer);
  }

  StoredTopic found() {
    return found(1 << 20);
  }

  StoredTopic found(int tailBytes) {
    if (open(KEY, tailBytes) instanceof TopicStore.Opened.Found(StoredTopic topic)) {
      return topic;
    }
    throw new AssertionError("topic: none");
  }

  RecordPage read(long from, int maxBytes) {
    CompletableFuture<TopicStore.Answer> answer = new CompletableFuture<>();
    store.read(KEY, from, maxBytes, answer::complete);
    if (await(answer) instanceof TopicStore.Answer.Read(RecordPage page)) {
      return page;
    }
    throw new AssertionError("page: not read");
  }

  /// The payloads of a page.
  static List<String> payloads(RecordPage page) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < page.count(); i++) {
      String record = page.bytes().toString(page.start(i), page.end(i) - page.start(i), UTF_8);
      all.add(record.substring(record.lastIndexOf('{')));
    }
    return all;
  }

  long count(Counter counter) {
    return metrics.total(counter);
  }

  static <T> T await(CompletableFuture<T> future) {
    return future.orTimeout(20, TimeUnit.SECONDS).join();
  }

  @Override
  public void close() {
    store.close();
  }
}
