package io.pushrod.server.storage.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// How much more a disk takes.
public interface Space {
  long usableBytes() throws IOException;

  /// Of the file system that holds a folder.
  static Space of(Path folder) {
    return () -> Files.getFileStore(folder).getUsableSpace();
  }
}
