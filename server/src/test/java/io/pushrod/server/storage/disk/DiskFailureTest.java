package io.pushrod.server.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.pushrod.server.metrics.Counter;
import io.pushrod.server.support.Await;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Folders that cannot be used, or not now.
@Timeout(120)
final class DiskFailureTest {
  @TempDir Path folder;
  private final List<Path> mounts = new ArrayList<>();

  @AfterEach
  void unmount() throws Exception {
    for (Path mount : mounts) {
      assertThat(run("umount", mount.toString())).isZero();
    }
  }

  private static int run(String... words) throws Exception {
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    process.getInputStream().transferTo(java.io.OutputStream.nullOutputStream());
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    return process.exitValue();
  }

  /// A file system of its own, where the test may mount one.
  private Path mount(String options) throws Exception {
    Path at = Files.createDirectory(folder.resolve("mount"));
    assumeTrue(run("mount", "-t", "tmpfs", "-o", options, "none", at.toString()) == 0);
    mounts.add(at);
    return at;
  }

  private static void failsToOpen(Path at, String message) {
    assertThatThrownBy(() -> new DiskFixture(at).close())
        .isInstanceOf(DiskException.class)
        .hasMessageContaining(message)
        .hasMessageStartingWith("storage.disk.path: " + at);
  }

  @Test
  void twoServersDoNotShareAFolder() {
    try (DiskFixture _ = new DiskFixture(folder)) {
      failsToOpen(folder, "another process uses it (expected: a folder for this server alone)");
    }
  }

  @Test
  void leavesAFolderOfANewerServerAlone() throws IOException {
    new DiskFixture(folder).close();
    Files.writeString(folder.resolve(Format.FILE), "2\n");

    failsToOpen(folder, "format 2, of a newer server (expected: 1)");
    Files.writeString(folder.resolve(Format.FILE), "");
    failsToOpen(folder, "the file FORMAT is damaged (expected: a version)");
  }

  @Test
  void saysThatAFolderCannotBeWritten() throws Exception {
    Path at = mount("size=32m");
    new DiskFixture(at).close();
    assertThat(run("mount", "-o", "remount,ro", at.toString())).isZero();

    failsToOpen(at, "(expected: a folder that may be written)");
  }

  private Path writeLog() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .max(Comparator.comparingLong(file -> file.toFile().length()))
          .orElseThrow();
    }
  }

  @Test
  void aTornLastCommitIsLeftOutAndAllBeforeIsThere() throws IOException {
    try (DiskFixture disk = new DiskFixture(folder)) {
      disk.appendEach(1, 10);
    }
    Path file = writeLog();
    try (RandomAccessFile torn = new RandomAccessFile(file.toFile(), "rw")) {
      torn.setLength(torn.length() - 5);
    }

    try (DiskFixture disk = new DiskFixture(folder)) {
      assertThat(disk.found().last()).isEqualTo(9);
      disk.append(10, 11);
      assertThat(DiskFixture.payloads(disk.read(9, 1_000)))
          .containsExactly("{\"n\":9}", "{\"n\":10}", "{\"n\":11}");
    }
  }

  @Test
  void aDamagedLogOfWritesIsRefusedUntilSomebodyGivesUpWhatIsBehind() throws IOException {
    try (DiskFixture disk = new DiskFixture(folder)) {
      disk.appendEach(1, 100);
    }
    try (RandomAccessFile damaged = new RandomAccessFile(writeLog().toFile(), "rw")) {
      damaged.seek(damaged.length() / 2);
      damaged.write(new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13});
    }

    failsToOpen(folder, "damaged: ");
    try (DiskFixture disk =
        new DiskFixture(DiskFixture.settings(folder, DiskFixture.AMPLE, true))) {
      assertThat(disk.found().last()).isBetween(20L, 80L);
    }
  }

  @Test
  void takesNothingWhileSpaceIsShortAndReadsOn() {
    try (DiskFixture disk = new DiskFixture(folder)) {
      disk.append(1, 3);
      disk.usableBytes.set(999);
      Await.until("it is short", () -> disk.store.obstacle() != null);

      assertThat(disk.store.obstacle())
          .isEqualTo("disk: 999 bytes left (expected: storage.disk.reserve, 1,000)");
      assertThat(disk.store.isFull()).isTrue();
      assertThat(disk.read(1, 1_000).count()).isEqualTo(3);
      disk.append(4, 4); // was under way

      disk.usableBytes.set(2_000);
      Await.until("there is space again", () -> disk.store.obstacle() == null);
      assertThat(disk.store.isFull()).isFalse();
    }
  }

  @Test
  void losesAndDoublesNothingOnADiskThatIsReallyFull() throws Exception {
    Path at = mount("size=48m");
    Path data = Files.createDirectory(at.resolve("topics"));
    try (DiskFixture disk = new DiskFixture(data)) {
      disk.append(1, 10);
      Path filler = at.resolve("filler");
      fill(filler);
      String large = "{\"n\":\"" + "x".repeat(200_000) + "\"}";
      // More than the space that the log of writes has taken beforehand.
      CompletableFuture<Void> last = disk.commit().event(11, large).begin();
      for (long n = 12; n <= 130; n++) {
        last = disk.commit().event(n, large).begin();
      }
      Await.until("the disk refuses", () -> disk.count(Counter.DISK_FAILURES) > 1);
      assertThat(disk.store.obstacle()).isNotNull();
      assertThat(last).isNotDone();
      assertThat(disk.read(1, 1 << 20).count()).isGreaterThanOrEqualTo(10);

      Files.delete(filler);
      DiskFixture.await(last);
      Await.until("there is no obstacle", () -> disk.store.obstacle() == null);
      disk.append(131, 132);
      disk.restart();
      assertThat(disk.found().last()).isEqualTo(132);
      assertThat(disk.read(1, 1 << 26).count()).isEqualTo(132);
    }
  }

  private static void fill(Path filler) {
    try (var out = Files.newOutputStream(filler)) {
      for (byte[] chunk = new byte[4_096]; ; ) {
        out.write(chunk);
      }
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("No space left");
    }
  }
}
