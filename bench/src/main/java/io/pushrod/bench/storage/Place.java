package io.pushrod.bench.storage;

import io.pushrod.bench.run.BenchException;
import io.pushrod.bench.run.Topics;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;

/// What a journal is started with.
///
/// @param root of the repository
/// @param folder where it logs, and has a temporary folder with its data
/// @param topics that are published to, in turn
/// @param payloadBytes of an event
/// @param retained events of a topic that are kept, about
/// @param maxSeconds after which it is ended by force
public record Place(
    Path root, Path folder, Topics topics, int payloadBytes, int retained, int maxSeconds) {
  private static final String START = "{\"text\":\"";
  private static final String END = "\"}";

  public Place {
    if (payloadBytes < START.length() + END.length()) {
      throw new BenchException(
          "--bytes: "
              + payloadBytes
              + " (expected: >= "
              + (START.length() + END.length())
              + ", what its JSON takes)");
    }
  }

  /// JSON, the same in every event.
  byte[] payload() {
    String text = "x".repeat(payloadBytes - START.length() - END.length());
    return (START + text + END).getBytes(StandardCharsets.US_ASCII);
  }

  /// Type and device of the file system that the data is on.
  ///
  /// @throws BenchException when it is memory, which knows no difference between written and synced
  public String fileSystem() throws IOException {
    FileStore store = Files.getFileStore(folder);
    if (store.type().equals("tmpfs") || store.type().equals("ramfs")) {
      throw new BenchException(
          folder + ": on " + store.type() + " (expected: on a disk; see --folder)");
    }
    return store.type() + " on " + store.name();
  }

  /// Lets the disk have what was written so far, so that nobody pays for those before.
  public void settle() throws IOException, InterruptedException {
    Process sync = new ProcessBuilder("sync", "-f", folder.toString()).inheritIO().start();
    if (sync.waitFor() != 0) {
      throw new BenchException("sync: failed (expected: success)");
    }
  }
}
