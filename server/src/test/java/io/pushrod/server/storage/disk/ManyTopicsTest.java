package io.pushrod.server.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.log.TopicKey;
import io.pushrod.server.storage.TopicStore;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A folder of many topics opens as one of few: `-Dpushrod.test.topics=1000000` says how many.
final class ManyTopicsTest {
  private static final int TOPICS = Integer.getInteger("pushrod.test.topics", 20_000);
  private static final int TOPICS_PER_COMMIT = 500;

  @TempDir Path folder;

  private static TopicKey key(int number) {
    return new TopicKey("acme", "thread/" + number);
  }

  @Test
  void opensWithoutReadingItsTopics() {
    try (DiskFixture disk = new DiskFixture(folder)) {
      String data = "{\"text\":\"" + "x".repeat(150) + "\"}";
      CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
      for (int from = 0; from < TOPICS; from += TOPICS_PER_COMMIT) {
        DiskFixture.Filling commit = disk.commit();
        for (int n = from; n < from + TOPICS_PER_COMMIT && n < TOPICS; n++) {
          commit.event(key(n), 1, DiskFixture.NOTE, data, null, 0, false);
        }
        CompletableFuture<Void> before = done;
        done = commit.begin();
        DiskFixture.await(before);
      }
      DiskFixture.await(done);

      disk.restart();
      long began = System.nanoTime();
      TopicStore.Opened opened = disk.open(key(TOPICS / 2), 1_000);
      long micros = (System.nanoTime() - began) / 1_000;

      assertThat(opened).isInstanceOf(TopicStore.Opened.Found.class);
      assertThat(disk.open(key(TOPICS), 1_000)).isEqualTo(new TopicStore.Opened.None());
      assertThat(disk.store.topics()).isEqualTo(TOPICS);
      System.gc();
      Runtime process = Runtime.getRuntime();
      System.out.printf(
          Locale.ROOT,
          "topics: %,d stored, opened in %d ms; the first look-up took %,d µs; heap %,d KiB,"
              + " database %,d KiB%n",
          disk.store.topics(),
          disk.store.openedMillis(),
          micros,
          (process.totalMemory() - process.freeMemory()) / 1024,
          disk.store.memoryBytes() / 1024);
    }
  }
}
