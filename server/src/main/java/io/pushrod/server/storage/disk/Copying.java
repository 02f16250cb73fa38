package io.pushrod.server.storage.disk;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.Checkpoint;
import org.rocksdb.RocksDBException;

/// Copies an open database into another folder, as of one moment. Files that never change are
/// linked where both are on one disk.
///
/// **Thread:** any, within [Database#read].
final class Copying {
  private static final String DRAFT = ".part";

  private Copying() {}

  /// @param target is not there; it appears when it is complete
  /// @return bytes of its files
  static long copy(Database database, Path target) throws RocksDBException, IOException {
    Path draft = target.resolveSibling(target.getFileName() + DRAFT);
    Path parent = target.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IOException("no folder: " + target);
    }
    Files.createDirectories(parent);
    delete(draft);
    try (Checkpoint checkpoint = Checkpoint.create(database.rocks())) {
      checkpoint.createCheckpoint(draft.toString());
      Format.check(draft);
      database.incarnation().in(Incarnation.State.COPIED).write(draft);
      long bytes = bytes(draft);
      Files.move(draft, target);
      Incarnation.force(parent);
      return bytes;
    } finally {
      delete(draft);
    }
  }

  private static long bytes(Path folder) throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    return bytes;
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path each : all) {
      Files.delete(each);
    }
  }
}
