package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.pushrod.codec.Cursor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The file that says which incarnation of its topics a folder has, and how its last server ended.
///
/// Within an incarnation, epochs are kept. Another one begins where events may be gone that readers
/// have seen, so that their sequences are never given to others under the same epoch.
///
/// @param id 0 for the first one
/// @param boot of the machine that the server ran on; empty when it is not known
/// @param synced whether what was acknowledged was on the disk
record Incarnation(long id, String boot, boolean synced, State state) {
  static final String FILE = "INCARNATION";

  /// How a folder was left.
  enum State {
    /// A server has it open, or did not come to its end.
    OPEN,
    /// All that was acknowledged is on the disk.
    CLOSED,
    /// It is a copy: its server went on.
    COPIED
  }

  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");
  private static final Pattern TEXT =
      Pattern.compile(
          "incarnation ([0-9a-f]{1,16})\nboot ([0-9A-Za-z-]{0,64})\nack (synced|written)\n"
              + "state (open|closed|copied)\\s*");

  /// What is known of a folder before it is opened.
  ///
  /// @param synced of a server that wrote no such file yet
  static Incarnation read(Path folder, boolean synced) {
    Path file = folder.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        boolean isNew = !Files.exists(folder.resolve("CURRENT"));
        return new Incarnation(0, "", synced, isNew ? State.CLOSED : State.OPEN);
      }
      Matcher text = TEXT.matcher(Files.readString(file, US_ASCII));
      if (!text.matches()) {
        throw new DiskException(
            "storage.disk.path: %s: the file %s is damaged (expected: incarnation, boot, ack, state)"
                .formatted(folder, FILE));
      }
      return new Incarnation(
          Long.parseUnsignedLong(text.group(1), 16),
          text.group(2),
          text.group(3).equals("synced"),
          State.valueOf(text.group(4).toUpperCase(Locale.ROOT)));
    } catch (IOException e) {
      throw new DiskException(
          "storage.disk.path: %s: %s (expected: a folder that may be read)"
              .formatted(folder, Format.reason(e)));
    }
  }

  /// The machine's present life; empty where that is not known.
  static String bootNow() {
    try {
      String text = Files.readString(BOOT, US_ASCII).strip();
      return text.matches("[0-9A-Za-z-]{1,64}") ? text : "";
    } catch (IOException e) {
      return "";
    }
  }

  /// Whether the machine ended before it had written what was acknowledged.
  boolean isCutShort(String bootNow) {
    return isUnsynced() && (boot.isEmpty() || !boot.equals(bootNow));
  }

  /// Whether something acknowledged may be in the operating system alone.
  boolean isUnsynced() {
    return state == State.OPEN && !synced;
  }

  boolean isCopy() {
    return state == State.COPIED;
  }

  /// That of a server which opens the folder now.
  Incarnation next(String bootNow, boolean isSynced) {
    long now = isCopy() || isCutShort(bootNow) ? random() : id;
    return new Incarnation(now, bootNow, isSynced, State.OPEN);
  }

  private static long random() {
    SecureRandom random = new SecureRandom();
    long id = random.nextLong();
    while (id == 0) {
      id = random.nextLong();
    }
    return id;
  }

  Incarnation in(State other) {
    return new Incarnation(id, boot, synced, other);
  }

  /// The epoch that a topic of another incarnation has in this one, the same at every call: nothing
  /// has to be written before it is told.
  long renew(long epoch) {
    long mixed = (epoch ^ id) * 0x9E3779B97F4A7C15L;
    mixed = (mixed ^ (mixed >>> 32)) * 0xD6E8FEB86659FD93L;
    mixed ^= mixed >>> 32;
    long renewed = 1 + Math.floorMod(mixed, Cursor.EPOCH_BOUND - 1);
    return renewed == epoch ? 1 + renewed % (Cursor.EPOCH_BOUND - 1) : renewed;
  }

  /// Writes the file, on the disk when this returns.
  void write(Path folder) throws IOException {
    String text =
        "incarnation %x\nboot %s\nack %s\nstate %s\n"
            .formatted(
                id, boot, synced ? "synced" : "written", state.name().toLowerCase(Locale.ROOT));
    Path draft = folder.resolve(FILE + ".tmp");
    try (FileChannel channel =
        FileChannel.open(
            draft,
            StandardOpenOption.CREATE,
            StandardOpenOption.TRUNCATE_EXISTING,
            StandardOpenOption.WRITE)) {
      ByteBuffer rest = ByteBuffer.wrap(text.getBytes(US_ASCII));
      while (rest.hasRemaining()) {
        channel.write(rest);
      }
      channel.force(true);
    }
    Files.move(
        draft,
        folder.resolve(FILE),
        StandardCopyOption.ATOMIC_MOVE,
        StandardCopyOption.REPLACE_EXISTING);
    force(folder);
  }

  /// Names in a folder are on the disk too, where a folder can be opened for that.
  static void force(Path folder) throws IOException {
    if (folder.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }
}
