package io.pushrod.server.storage.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The file that says how a folder is laid out, so that an older server leaves a newer one's alone.
final class Format {
  static final int VERSION = 1;
  static final String FILE = "FORMAT";

  private Format() {}

  /// Reads the version of a folder, or writes it into one that is new.
  static void check(Path folder) {
    Path file = folder.resolve(FILE);
    try {
      Files.createDirectories(folder);
      if (!Files.exists(file)) {
        Files.write(file, (VERSION + "\n").getBytes(US_ASCII));
        return;
      }
      String text = Files.readString(file, US_ASCII).strip();
      if (!text.matches("[1-9][0-9]{0,8}")) {
        throw new DiskException(
            "storage.disk.path: %s: the file %s is damaged (expected: a version)"
                .formatted(folder, FILE));
      }
      if (Integer.parseInt(text) > VERSION) {
        throw new DiskException(
            "storage.disk.path: %s: format %s, of a newer server (expected: %d)"
                .formatted(folder, text, VERSION));
      }
    } catch (IOException e) {
      throw new DiskException(
          "storage.disk.path: %s: %s (expected: a folder that may be written)"
              .formatted(folder, reason(e)));
    }
  }

  static String reason(IOException e) {
    if (e instanceof AccessDeniedException) {
      return "permission denied";
    }
    if (e instanceof FileSystemException known && known.getReason() != null) {
      return known.getReason();
    }
    return String.valueOf(e.getMessage());
  }
}
