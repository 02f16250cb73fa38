package io.pushrod.server.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.TopicStore;
import io.pushrod.server.support.Await;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// The bounds that `storage.disk` sets.
@Timeout(120)
final class DiskBoundsTest {
  private static final long CACHE_BYTES = 4L << 20;

  @TempDir Path folder;
  private final CountDownLatch held = new CountDownLatch(1);
  private @Nullable DiskFixture opened;

  @AfterEach
  void close() {
    held.countDown();
    disk().close();
  }

  private DiskFixture disk() {
    return Objects.requireNonNull(opened);
  }

  private DiskFixture open(long queueBytes, int openFiles, int readers, int queueReads) {
    DiskFixture disk =
        new DiskFixture(
            new DiskSettings(
                folder,
                true,
                0,
                1 << 20,
                queueBytes,
                0,
                CACHE_BYTES,
                openFiles,
                readers,
                queueReads,
                false,
                DiskFixture.AMPLE,
                3));
    opened = disk;
    return disk;
  }

  private void hold() {
    try {
      assertThat(held.await(60, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void nothingMoreIsPublishedWhileMoreThanQueueBytesWait() {
    DiskFixture disk = open(64 * 1024, 64, 1, 64);
    disk.store.put("runs", "r", new byte[1], this::hold); // the thread that writes stands still
    var _ = disk.commit().event(1, text(40 * 1024)).begin();
    assertThat(disk.store.isFull()).isFalse();

    CompletableFuture<Void> last = disk.commit().event(2, text(40 * 1024)).begin();
    assertThat(disk.store.isFull()).isTrue();
    assertThat(disk.store.obstacle()).isNull();

    held.countDown();
    DiskFixture.await(last);
    assertThat(disk.store.isFull()).isFalse();
  }

  private static String text(int length) {
    return "{\"text\":\"" + "x".repeat(length) + "\"}";
  }

  /// Looks a topic up, and stands still on the thread that answers.
  private CompletableFuture<TopicStore.Opened> lookUp(int number, AtomicInteger answering) {
    CompletableFuture<TopicStore.Opened> answer = new CompletableFuture<>();
    disk()
        .store
        .open(
            new TopicKey("acme", "thread/" + number),
            0,
            opened -> {
              if (opened instanceof TopicStore.Opened.None) {
                answering.incrementAndGet();
                hold();
              }
              answer.complete(opened);
            });
    return answer;
  }

  @Test
  void asManyThreadsReadAsAreSaidAndNoMore() {
    var _ = open(1 << 20, 64, 3, 64);
    AtomicInteger answering = new AtomicInteger();
    List<CompletableFuture<TopicStore.Opened>> all = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      all.add(lookUp(i, answering));
    }
    Await.until("three answer", () -> answering.get() == 3);
    assertThat(all).noneMatch(CompletableFuture::isDone);
    assertThat(
            Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("disk-read-")))
        .hasSize(3);

    held.countDown();
    all.forEach(DiskFixture::await);
    assertThat(answering).hasValue(20);
  }

  @Test
  void asManyReadsWaitAsAreSaidAndTheNextIsToldToTryAgain() {
    DiskFixture disk = open(1 << 20, 64, 1, 64);
    AtomicInteger answering = new AtomicInteger();
    List<CompletableFuture<TopicStore.Opened>> all = new ArrayList<>();
    all.add(lookUp(0, answering));
    Await.until("one answers", () -> answering.get() == 1);
    for (int i = 1; i <= 64; i++) {
      all.add(lookUp(i, answering));
    }
    assertThat(all).noneMatch(CompletableFuture::isDone);

    assertThat(DiskFixture.await(lookUp(65, answering)))
        .isEqualTo(new TopicStore.Opened.Failed("too many look-ups wait"));
    CompletableFuture<TopicStore.Answer> page = new CompletableFuture<>();
    disk.store.read(DiskFixture.KEY, 1, 1_000, page::complete);
    assertThat(DiskFixture.await(page))
        .isEqualTo(new TopicStore.Answer.Failed("too many pages wait"));
    held.countDown();
    all.forEach(DiskFixture::await);
  }

  @Test
  void theDatabaseHoldsNoMoreMemoryThanItsCache() {
    DiskFixture disk = open(1L << 30, 64, 1, 64);
    String data = text(20_000);
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (int n = 1; n <= 1_000; n++) {
      done = disk.commit().event(n, data).begin();
    }
    DiskFixture.await(done);
    for (int round = 0; round < 20; round++) {
      assertThat(disk.found(8 << 20).last()).isEqualTo(1_000);
    }

    assertThat(disk.store.property("rocksdb.block-cache-capacity", Family.EVENTS))
        .isEqualTo(CACHE_BYTES);
    // What is not flushed counts too; the next write flushes when it is too much.
    AtomicInteger last = new AtomicInteger(1_000);
    Await.until(
        "no more than the cache is held",
        () -> {
          disk.commit().event(last.incrementAndGet(), "{}").store();
          return disk.store.property("rocksdb.block-cache-usage", Family.EVENTS) <= CACHE_BYTES;
        });
  }

  /// How many files are open is RocksDB's to hold; that it is told is ours.
  @Test
  void theDatabaseIsToldHowManyFilesItMayOpen() throws IOException {
    var _ = open(1 << 20, 77, 1, 64);

    try (Stream<Path> files = Files.list(folder)) {
      Path options =
          files
              .filter(file -> file.getFileName().toString().startsWith("OPTIONS-"))
              .max(java.util.Comparator.naturalOrder())
              .orElseThrow();
      assertThat(Files.readString(options)).contains("max_open_files=77\n");
    }
  }
}
