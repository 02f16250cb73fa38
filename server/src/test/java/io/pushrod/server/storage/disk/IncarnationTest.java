package io.pushrod.server.storage.disk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pushrod.codec.Cursor;
import io.pushrod.server.storage.StoredTopic;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Epochs of topics whose server, or machine, did not come to its end.
@Timeout(120)
final class IncarnationTest {
  @TempDir Path folders;
  private Path crashed;
  private DiskFixture disk;

  @BeforeEach
  void open() {
    crashed = folders.resolve("crashed");
    disk = open(folders.resolve("topics"), false);
  }

  @AfterEach
  void close() {
    disk.close();
  }

  private static DiskFixture open(Path folder, boolean synced) {
    return new DiskFixture(DiskFixture.settings(folder, DiskFixture.AMPLE, false, synced));
  }

  /// What a process that is killed now leaves behind.
  private void crash() throws IOException {
    Files.createDirectory(crashed);
    try (Stream<Path> files = Files.list(folders.resolve("topics"))) {
      for (Path file : files.toList()) {
        Files.copy(file, crashed.resolve(file.getFileName()));
      }
    }
  }

  /// The machine is started anew.
  private static void reboot(Path folder) throws IOException {
    Path file = folder.resolve(Incarnation.FILE);
    String text = Files.readString(file);
    Files.writeString(file, text.replaceFirst("(?m)^boot .*$", "boot another"));
  }

  /// The newest writes never reached the disk.
  private RandomAccessFile writeLog() throws IOException {
    try (Stream<Path> files = Files.list(crashed)) {
      Path log =
          files
              .filter(file -> file.toString().endsWith(".log"))
              .max(Comparator.comparingLong(file -> file.toFile().length()))
              .orElseThrow();
      return new RandomAccessFile(log.toFile(), "rw");
    }
  }

  private void loseTheEnd() throws IOException {
    try (RandomAccessFile log = writeLog()) {
      log.setLength(log.length() * 2 / 3);
    }
  }

  @Test
  void aCleanEndKeepsEpochsWhateverTheMachineDoes() throws IOException {
    disk.append(1, 10);
    disk.store.close();
    reboot(folders.resolve("topics"));

    disk = open(folders.resolve("topics"), false);
    assertThat(disk.found().epoch()).isEqualTo(DiskFixture.EPOCH);
    assertThat(disk.found().former()).isNull();
    assertThat(disk.store.renewal()).isNull();
  }

  @Test
  void aKilledServerKeepsEpochsWhileTheMachineLives() throws IOException {
    disk.append(1, 10);
    crash();

    try (DiskFixture again = open(crashed, false)) {
      assertThat(again.found().epoch()).isEqualTo(DiskFixture.EPOCH);
      assertThat(again.found().last()).isEqualTo(10);
      assertThat(again.store.renewal()).isNull();
    }
  }

  @Test
  void aMachineThatDiedKeepsEpochsWhereAcksWereSynced() throws IOException {
    disk.close();
    disk = open(folders.resolve("topics"), true);
    disk.append(1, 10);
    crash();
    reboot(crashed);

    try (DiskFixture again = open(crashed, true)) {
      assertThat(again.found().epoch()).isEqualTo(DiskFixture.EPOCH);
    }
  }

  @Test
  void aMachineThatDiedBeginsAnotherEpochWhereAcksWereWritten() throws IOException {
    disk.appendEach(1, 10);
    crash();
    reboot(crashed);
    loseTheEnd();

    try (DiskFixture again = open(crashed, false)) {
      StoredTopic first = again.found();
      assertThat(first.last()).isBetween(1L, 9L);
      assertThat(first.epoch()).isNotEqualTo(DiskFixture.EPOCH).isPositive();
      assertThat(first.former()).isEqualTo(new Cursor(DiskFixture.EPOCH, first.last()));
      assertThat(again.store.renewal()).contains("the machine ended");

      assertThat(again.found().epoch()).isEqualTo(first.epoch());
      again.restart();
      assertThat(again.found().epoch()).isEqualTo(first.epoch());
      assertThat(again.found().former()).isEqualTo(first.former());
      assertThat(again.store.renewal()).isNull();
    }
  }

  @Test
  void whatIsPublishedNextGoesOnUnderTheNewEpoch() throws IOException {
    disk.appendEach(1, 10);
    crash();
    reboot(crashed);
    loseTheEnd();

    try (DiskFixture again = open(crashed, false)) {
      StoredTopic before = again.found();
      long next = before.last() + 1;
      again.commit(before.epoch()).event(next, "{\"n\":\"new\"}").store();
      again.restart();

      StoredTopic after = again.found();
      assertThat(after.epoch()).isEqualTo(before.epoch());
      assertThat(after.former()).isEqualTo(before.former());
      assertThat(after.last()).isEqualTo(next);
      assertThat(DiskFixture.payloads(again.read(1, 1 << 20)))
          .startsWith("{\"n\":1}")
          .endsWith("{\"n\":\"new\"}")
          .hasSize((int) next);
      assertThat(again.store.topics()).isEqualTo(1);
    }
  }

  private void damageTheMiddle() throws IOException {
    try (RandomAccessFile log = writeLog()) {
      log.seek(log.length() / 2);
      log.write(new byte[64]);
    }
  }

  @Test
  void pagesThatTheMachineDidNotWriteEndTheLogOfWrites() throws IOException {
    disk.appendEach(1, 200);
    crash();
    reboot(crashed);
    damageTheMiddle();

    try (DiskFixture again = open(crashed, false)) {
      StoredTopic topic = again.found();
      assertThat(topic.last()).isBetween(1L, 199L);
      assertThat(topic.epoch()).isNotEqualTo(DiskFixture.EPOCH);
    }
  }

  @Test
  void damageThatNoMachineDidIsStillRefused() throws IOException {
    disk.appendEach(1, 200);
    crash();
    damageTheMiddle();

    assertThatThrownBy(() -> open(crashed, false).close()).isInstanceOf(DiskException.class);
  }

  @Test
  void refusesAFileThatIsNotOne() throws IOException {
    disk.append(1, 1);
    crash();
    Files.writeString(crashed.resolve(Incarnation.FILE), "state open\n");

    assertThatThrownBy(() -> open(crashed, false).close())
        .isInstanceOf(DiskException.class)
        .hasMessageContaining("the file INCARNATION is damaged");
  }

  @Test
  void aFolderOfAnOlderServerIsTakenForCutShortWhereAcksAreWritten() throws IOException {
    disk.append(1, 10);
    crash();
    Files.delete(crashed.resolve(Incarnation.FILE));

    try (DiskFixture again = open(crashed, true)) {
      assertThat(again.found().epoch()).isEqualTo(DiskFixture.EPOCH);
    }
    Files.delete(crashed.resolve(Incarnation.FILE));
    try (DiskFixture again = open(crashed, false)) {
      assertThat(again.found().former()).isEqualTo(new Cursor(DiskFixture.EPOCH, 10));
    }
  }
}
