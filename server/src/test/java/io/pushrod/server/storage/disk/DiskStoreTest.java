package io.pushrod.server.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.server.log.Producer;
import io.pushrod.server.log.Readers;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StateStore;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.StoredTopic.KnownProducer;
import io.pushrod.server.storage.TopicStore;
import io.pushrod.server.support.Await;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.rocksdb.RocksDBException;

/// What a folder has of topics, before and after it was closed.
final class DiskStoreTest {
  @TempDir Path folder;
  private DiskFixture disk;

  @BeforeEach
  void open() {
    disk = new DiskFixture(folder);
  }

  @AfterEach
  void close() {
    disk.close();
  }

  @Test
  void knowsNothingOfATopicWithoutEvents() {
    assertThat(disk.open(DiskFixture.KEY, 1_000)).isEqualTo(new TopicStore.Opened.None());
  }

  @Test
  void findsEpochAndSequencesAfterARestart() {
    disk.append(1, 10);
    disk.restart();

    StoredTopic topic = disk.found();
    assertThat(topic.epoch()).isEqualTo(DiskFixture.EPOCH);
    assertThat(topic.first()).isEqualTo(1);
    assertThat(topic.last()).isEqualTo(10);
    assertThat(DiskFixture.payloads(topic.tail())).hasSize(10).endsWith("{\"n\":10}");

    disk.append(11, 12);
    assertThat(disk.found().last()).isEqualTo(12);
  }

  @Test
  void openingBringsTheNewestRecordsUpToTheBytesAskedFor() {
    disk.append(1, 100);

    RecordPage tail = disk.found(100).tail();
    assertThat(tail.last()).isEqualTo(100);
    assertThat(tail.count()).isBetween(2, 5);
    assertThat(disk.found(0).last()).isEqualTo(100);
  }

  @Test
  void readsPagesOneBehindTheOther() {
    disk.append(1, 100);

    List<String> all = new ArrayList<>();
    for (long next = 1; next <= 100; ) {
      RecordPage page = disk.read(next, 500);
      assertThat(page.first()).isEqualTo(next);
      all.addAll(DiskFixture.payloads(page));
      next = page.last() + 1;
    }
    assertThat(all).hasSize(100).startsWith("{\"n\":1}", "{\"n\":2}").endsWith("{\"n\":100}");
    assertThat(disk.read(101, 500).count()).isZero();
  }

  @Test
  void keepsTopicsOfTenantsApart() {
    TopicKey other = new TopicKey("acm", "e/thread/42");
    disk.append(1, 2);
    disk.commit().event(other, 1, DiskFixture.NOTE, "{\"o\":1}", null, 0, false).store();

    assertThat(disk.found().last()).isEqualTo(2);
    assertThat(((TopicStore.Opened.Found) disk.open(other, 100)).topic().last()).isEqualTo(1);
    assertThat(disk.open(new TopicKey("acme", "thread/4"), 100))
        .isEqualTo(new TopicStore.Opened.None());
  }

  @Test
  void answersCommitsInOrderAndWritesWhatWaitsTogether() {
    List<Long> order = Collections.synchronizedList(new ArrayList<>());
    CompletableFuture<Void> last = new CompletableFuture<>();
    for (long n = 1; n <= 2_000; n++) {
      long number = n;
      last = disk.commit().event(n, "{\"n\":" + n + "}").begin();
      var _ = last.thenRun(() -> order.add(number));
    }
    DiskFixture.await(last);

    Await.until("all are told", () -> order.size() == 2_000);
    assertThat(order).isSorted();
    assertThat(disk.count(Counter.DISK_COMMITS)).isBetween(1L, 1_000L);
  }

  @Test
  void remembersProducersAndForgetsTheOneUnusedLongest() {
    for (int p = 1; p <= 3; p++) {
      disk.commit().noted(new Producer("p" + p, 5), 10 + p).store();
    }
    disk.commit().noted(new Producer("p1", 6), 1).store();
    disk.commit().noted(new Producer("p4", 1), 7).store();
    disk.restart();

    assertThat(disk.found().producers())
        .containsExactly(
            new KnownProducer("p3", 5, 13),
            new KnownProducer("p1", 6, 1),
            new KnownProducer("p4", 1, 7));
    disk.commit().noted(new Producer("p5", 1), 1).store();
    assertThat(disk.found().producers()).extracting(KnownProducer::id).doesNotContain("p3");
  }

  @Test
  void remembersWhoWasDeclaredAndWhatIsSealed() {
    Readers readers = new Readers(true, Set.of("ann", "bö"), Set.of("admin"));
    disk.commit().declared(readers).store();
    disk.commit().event(DiskFixture.KEY, 1, DiskFixture.NOTE, "{}", null, 0, true).store();
    disk.restart();

    assertThat(disk.found().readers()).isEqualTo(readers);
    assertThat(disk.found().sealed()).isTrue();
  }

  @Test
  void storesAnEventOnceHoweverOftenItIsTried() {
    disk.append(1, 3);
    disk.commit().event(2, "{\"n\":\"again\"}").event(3, "{}").event(4, "{\"n\":4}").store();

    assertThat(DiskFixture.payloads(disk.read(1, 1_000)))
        .containsExactly("{\"n\":1}", "{\"n\":2}", "{\"n\":3}", "{\"n\":4}");
  }

  @Test
  void keepsEventsOfAnySize() {
    String large = "{\"n\":\"" + "x".repeat(3 << 20) + "\"}";
    disk.commit().event(1, large).event(2, "{}").store();
    disk.restart();

    assertThat(DiskFixture.payloads(disk.read(1, 1))).containsExactly(large);
  }

  // Small records.

  @Test
  void keepsSmallRecordsBehindCommits() {
    CompletableFuture<Void> event = disk.commit().event(1, "{}").begin();
    CompletableFuture<Boolean> behind = new CompletableFuture<>();
    disk.store.put("runs", "acme r1", new byte[] {1}, () -> behind.complete(event.isDone()));
    assertThat(DiskFixture.await(behind)).isTrue();
    disk.store.put("runs", "acme r2", new byte[] {2}, () -> {});
    disk.store.put("runs", "acme r1", new byte[] {3}, () -> {});
    disk.store.put("runs2", "other", new byte[] {9}, () -> {});
    disk.store.remove("runs", "acme r2");
    disk.restart();

    TreeMap<String, byte[]> all = new TreeMap<>();
    disk.store.each("runs", all::put);
    assertThat(all).containsOnlyKeys("acme r1").containsEntry("acme r1", new byte[] {3});
  }

  @Test
  void refusesSmallRecordsThatAreLarge() {
    byte[] large = new byte[StateStore.MAX_VALUE_BYTES + 1];
    assertThatThrownBy(() -> disk.store.put("runs", "a", large, () -> {}))
        .hasMessage("value: 67108865 bytes (expected: <= 67108864)");
    assertThatThrownBy(() -> disk.store.remove("Runs", "a"))
        .hasMessage("space: Runs (expected: 1-64 of a-z 0-9 _ -)");
  }

  private void begin(int from, int until) {
    DiskFixture.Filling commit = disk.commit();
    for (int i = from; i < until; i++) {
      TopicKey key = new TopicKey("acme", "thread/" + i);
      commit.event(key, 1, DiskFixture.NOTE, "{}", null, 0, false);
    }
    commit.store();
  }

  @Test
  void knowsHowManyTopicsThereAreAfterARestartToo() {
    begin(0, 100);
    begin(50, 150);
    assertThat(disk.store.topics()).isEqualTo(150);

    disk.restart();
    assertThat(disk.store.topics()).isEqualTo(150);
    begin(150, 151);
    assertThat(disk.store.topics()).isEqualTo(151);
  }

  @Test
  void aTopicThatBeginsAnewCountsOnce() {
    disk.append(1, 3);
    disk.commit(DiskFixture.EPOCH + 1).event(1, "{}").store();

    assertThat(disk.found().epoch()).isEqualTo(DiskFixture.EPOCH + 1);
    assertThat(disk.store.topics()).isEqualTo(1);
  }

  @Test
  void countsTheTopicsOfAnOlderServerOnce() throws RocksDBException {
    begin(0, 70);
    disk.store.close();
    try (Database database =
        Database.open(DiskFixture.settings(folder, DiskFixture.AMPLE, false))) {
      database.rocks().delete(database.family(Family.DEFAULT), TopicCount.KEY);
    }

    disk = new DiskFixture(folder);
    assertThat(disk.store.topics()).isEqualTo(70);
    begin(70, 72);
    disk.restart();
    assertThat(disk.store.topics()).isEqualTo(72);
  }
}
