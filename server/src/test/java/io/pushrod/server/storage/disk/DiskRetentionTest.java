package io.pushrod.server.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.pushrod.server.log.Readers;
import io.pushrod.server.log.Retention;
import io.pushrod.server.log.TopicKey;
import io.pushrod.server.metrics.Counter;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import io.pushrod.server.storage.TopicStore;
import io.pushrod.server.support.Await;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What a folder no longer keeps.
final class DiskRetentionTest {
  private static final long HOUR = 3_600_000;

  @TempDir Path folder;

  /// By the test, with its bounds.
  @SuppressWarnings("NullAway.Init")
  private DiskFixture disk;

  @AfterEach
  void close() {
    disk.close();
  }

  private void open(long bytes, long events, long ageMillis) {
    disk = new DiskFixture(folder, new Retention(bytes, events, ageMillis, 200));
  }

  private void awaitTrim(long first) {
    Await.until("first is " + first, () -> disk.found().first() == first);
  }

  @Test
  void keepsAnEighthMoreEventsThanTheBoundAndThenTheBound() {
    open(1L << 40, 80, 1L << 40);
    disk.append(1, 90);
    assertThat(disk.found().first()).isEqualTo(1);

    disk.append(91, 91);
    awaitTrim(12);
    assertThat(disk.read(1, 100_000).first()).isEqualTo(12);
    assertThat(disk.read(1, 100_000).count()).isEqualTo(80);
    assertThat(disk.count(Counter.DISK_EVENTS_TRIMMED)).isEqualTo(11);
    Await.until("the shards are told", () -> !disk.trimmed.isEmpty());
    assertThat(disk.trimmed.getFirst().firstStored()).isEqualTo(12);
  }

  @Test
  void keepsNoMoreBytesThanTheBoundAfterTrimming() {
    open(8_000, 1L << 40, 1L << 40);
    disk.append(1, 1_000);
    Await.until("it is trimmed", () -> disk.found().first() > 700);

    RecordPage left = disk.read(1, 1 << 20);
    assertThat(left.last()).isEqualTo(1_000);
    assertThat(left.bytes().writerIndex()).isBetween(7_000, 9_000);
  }

  @Test
  void dropsWhatIsTooOldAndLeavesTheRest() {
    open(1L << 40, 1L << 40, HOUR);
    disk.append(1, 50);
    disk.millis.addAndGet(HOUR);
    disk.append(51, 60);
    disk.millis.addAndGet(HOUR / 4);
    disk.append(61, 61);

    awaitTrim(51);
    assertThat(disk.found().last()).isEqualTo(61);
  }

  @Test
  void aTopicThatNobodyTouchesIsTrimmedAndThenForgotten() {
    open(1L << 40, 1L << 40, HOUR);
    disk.append(1, 50);
    disk.millis.addAndGet(2 * HOUR);
    disk.restart();

    awaitTrim(51);
    assertThat(disk.found().last()).isEqualTo(50);
    disk.millis.addAndGet(Trimming.GRACE_MILLIS);
    Await.until(
        "it is forgotten",
        () -> disk.open(DiskFixture.KEY, 1).equals(new TopicStore.Opened.None()));
    assertThat(disk.count(Counter.DISK_TOPICS_FORGOTTEN)).isEqualTo(1);
    assertThat(disk.store.topics()).isZero();
  }

  @Test
  void aTopicWithDeclaredReadersIsNotForgotten() {
    open(1L << 40, 1L << 40, HOUR);
    TopicKey other = new TopicKey("acme", "other");
    disk.commit().declared(new Readers(true, Set.of("ann"), Set.of())).store();
    disk.commit().event(other, 1, DiskFixture.NOTE, "{}", null, 0, false).store();
    disk.millis.addAndGet(2 * HOUR);
    Await.until(
        "the other is trimmed",
        () -> ((TopicStore.Opened.Found) disk.open(other, 1)).topic().first() == 2);
    disk.millis.addAndGet(2 * HOUR);
    Await.until(
        "the other is forgotten", () -> disk.open(other, 1).equals(new TopicStore.Opened.None()));

    assertThat(disk.found().readers()).isNotNull();
  }

  @Test
  void aTopicThatWasForgottenGoesOnUnderTheEpochThatItsOwnerKnows() {
    open(1L << 40, 1L << 40, HOUR);
    disk.append(1, 50);
    disk.millis.addAndGet(2 * HOUR);
    awaitTrim(51);
    disk.millis.addAndGet(Trimming.GRACE_MILLIS);
    Await.until(
        "it is forgotten",
        () -> disk.open(DiskFixture.KEY, 1).equals(new TopicStore.Opened.None()));

    disk.append(51, 52);
    disk.restart();
    StoredTopic topic = disk.found();
    assertThat(topic.epoch()).isEqualTo(DiskFixture.EPOCH);
    assertThat(topic.first()).isEqualTo(51);
    assertThat(topic.last()).isEqualTo(52);
  }

  @Test
  void lifecycleEventsOutliveWhatWasTrimmedAroundThemWithinTheirBytes() {
    open(1L << 40, 8, 1L << 40);
    for (long n = 1; n <= 20; n++) {
      disk.commit()
          .event(
              DiskFixture.KEY,
              n,
              n % 2 == 0 ? DiskFixture.STARTED : DiskFixture.NOTE,
              "{\"n\":" + n + "}",
              null,
              0,
              false)
          .store();
    }
    Await.until("it is trimmed", () -> disk.found().first() >= 11);
    disk.restart();

    RecordPage page = disk.read(1, 100_000);
    assertThat(page.shelved()).isNotEmpty();
    assertThat(page.shelved()).allMatch(each -> each.sequence() % 2 == 0);
    assertThat(page.shelved().getLast().sequence()).isBetween(10L, page.firstStored() - 1);
    assertThat(page.shelved().stream().mapToInt(each -> each.bytes().readableBytes()).sum())
        .isBetween(100, 200);
  }
}
