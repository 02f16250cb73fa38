package io.pushrod.server.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.Cursor;
import io.pushrod.codec.RequestException;
import io.pushrod.server.storage.Backups.Backup;
import io.pushrod.server.storage.RecordPage;
import io.pushrod.server.storage.StoredTopic;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Copies of a store that is open, and what is in them when they are put back.
@Timeout(120)
final class DiskBackupsTest {
  @TempDir Path folders;
  private DiskFixture disk;
  private DiskBackups backups;

  @BeforeEach
  void open() {
    disk = new DiskFixture(folders.resolve("topics"));
    backups = new DiskBackups(disk.store, folders.resolve("backups"), disk.millis::get);
  }

  @AfterEach
  void close() {
    disk.close();
  }

  private Backup backUp(@Nullable String name) {
    return DiskFixture.await(backups.make(name).toCompletableFuture());
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.createDirectory(to);
    try (Stream<Path> files = Files.list(from)) {
      for (Path file : files.toList()) {
        Files.copy(file, to.resolve(file.getFileName()));
      }
    }
  }

  @Test
  void aBackupHasItsMomentAndTheStoreGoesOn() {
    disk.append(1, 10);
    Backup backup = backUp("one");
    disk.append(11, 20);

    assertThat(backup.folder()).isEqualTo(folders.resolve("backups/one").toAbsolutePath());
    assertThat(backup.topics()).isEqualTo(1);
    assertThat(backup.bytes()).isPositive();
    try (DiskFixture restored = new DiskFixture(backup.folder())) {
      assertThat(DiskFixture.payloads(restored.read(1, 1 << 20)))
          .hasSize(10)
          .endsWith("{\"n\":10}");
    }
    disk.restart();
    assertThat(disk.found().last()).isEqualTo(20);
    assertThat(disk.found().epoch()).isEqualTo(DiskFixture.EPOCH);
  }

  @Test
  void whatIsPutBackBeginsAnotherEpochEachTime() throws IOException {
    disk.append(1, 10);
    Backup backup = backUp("one");
    Path other = folders.resolve("other");
    copy(backup.folder(), other);

    try (DiskFixture first = new DiskFixture(backup.folder());
        DiskFixture second = new DiskFixture(other)) {
      StoredTopic topic = first.found();
      assertThat(topic.former()).isEqualTo(new Cursor(DiskFixture.EPOCH, 10));
      assertThat(List.of(DiskFixture.EPOCH, topic.epoch(), second.found().epoch()))
          .doesNotHaveDuplicates();
      assertThat(first.store.renewal()).isEqualTo("a backup was put back");
      first.restart();
      assertThat(first.found().epoch()).isEqualTo(topic.epoch());
    }
  }

  @Test
  void aBackupAmongWritesHasAllUpToSomeEvent() {
    CompletableFuture<Void> done = CompletableFuture.completedFuture(null);
    for (long n = 1; n <= 100; n++) {
      done = disk.commit().event(n, "{\"n\":" + n + "}").begin();
    }
    DiskFixture.await(done);
    CompletableFuture<Backup> made = backups.make("busy").toCompletableFuture();
    for (long n = 101; n <= 5_000; n++) {
      done = disk.commit().event(n, "{\"n\":" + n + "}").begin();
    }
    Backup backup = DiskFixture.await(made);
    DiskFixture.await(done);

    try (DiskFixture restored = new DiskFixture(backup.folder())) {
      long last = restored.found().last();
      assertThat(last).isBetween(100L, 5_000L);
      RecordPage all = restored.read(1, 1 << 20);
      assertThat(all.first()).isEqualTo(1);
      assertThat(all.last()).isEqualTo(last);
    }
    assertThat(disk.found().last()).isEqualTo(5_000);
  }

  @Test
  void smallRecordsAreInIt() {
    CompletableFuture<Void> stored = new CompletableFuture<>();
    disk.store.put("runs", "r1", new byte[] {1, 2}, () -> stored.complete(null));
    DiskFixture.await(stored);

    try (DiskFixture restored = new DiskFixture(backUp(null).folder())) {
      TreeMap<String, byte[]> found = new TreeMap<>();
      restored.store.each("runs", found::put);
      assertThat(found).containsOnlyKeys("r1");
      assertThat(found.get("r1")).containsExactly(1, 2);
    }
  }

  @Test
  void aBackupWithoutANameIsCalledByTheTime() {
    assertThat(backUp(null).folder().getFileName()).hasToString("20261121-061600");
  }

  private void refuses(String name, String message) {
    assertThatThrownBy(() -> backUp(name))
        .isInstanceOf(CompletionException.class)
        .cause()
        .isInstanceOf(RequestException.class)
        .hasMessageContaining(message);
  }

  @Test
  void refusesNamesThatLeadElsewhereOrAreTaken() {
    backUp("one");

    refuses("../topics", "name: not one");
    refuses("a/b", "name: not one");
    refuses(".hidden", "name: not one");
    refuses("", "name: not one");
    refuses("one", "is there (expected: another)");
    assertThat(folders.resolve("backups")).isDirectoryContaining("glob:**/one");
  }

  @Test
  void aBackupThatCannotBeMadeLeavesNothingAndTheNextOneMay() throws IOException {
    disk.append(1, 1);
    Files.writeString(folders.resolve("backups"), "in the way");
    refuses("one", "backup: ");

    Files.delete(folders.resolve("backups"));
    assertThat(backUp("one").topics()).isEqualTo(1);
  }
}
