package io.pushrod.bench.peer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;

/// A temporary folder of a peer, deleted with all that is in it.
public record Folder(Path path) implements AutoCloseable {
  public static Folder in(Path parent, String name) throws IOException {
    return new Folder(Files.createTempDirectory(parent, name));
  }

  /// Writes a file and returns its name.
  public String write(String name, String text) throws IOException {
    return Files.writeString(path.resolve(name), text).toString();
  }

  @Override
  public void close() throws IOException {
    if (!Files.exists(path)) {
      return;
    }
    try (Stream<Path> all = Files.walk(path)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(each);
      }
    }
  }
}
