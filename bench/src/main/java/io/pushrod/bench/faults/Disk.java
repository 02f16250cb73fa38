package io.pushrod.bench.faults;

import io.pushrod.bench.run.BenchException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// A folder of a server; where we may mount, it is a small disk of its own that can be filled.
///
/// **Thread:** one at a time.
final class Disk implements AutoCloseable {
  private static final int SIZE_MIB = 320;
  private static final int SOON_SECONDS = 10;
  private static final int PIECE_BYTES = 1 << 20;

  private final Path folder;
  private final boolean isOwn;

  private Disk(Path folder, boolean isOwn) {
    this.folder = folder;
    this.isOwn = isOwn;
  }

  /// @param isOwn whether to mount a disk of its own there
  static Disk at(Path folder, boolean isOwn) throws IOException, InterruptedException {
    Files.createDirectories(folder);
    if (isOwn && !run("mount", "-t", "tmpfs", "-o", "size=" + SIZE_MIB + "m", "tmpfs", folder)) {
      throw new BenchException("mount: " + folder + " (expected: a tmpfs of " + SIZE_MIB + " MiB)");
    }
    return new Disk(folder, isOwn);
  }

  /// Whether we may mount.
  static boolean canMount(Path folder) throws IOException, InterruptedException {
    Path probe = Files.createDirectories(folder.resolve("probe"));
    boolean can = run("mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", probe);
    if (can) {
      run("umount", probe);
    }
    Files.delete(probe);
    return can;
  }

  private static boolean run(Object... command) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(Stream.of(command).map(Object::toString).toList())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    if (!process.waitFor(SOON_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      return false;
    }
    return process.exitValue() == 0;
  }

  Path folder() {
    return folder;
  }

  /// Takes all the space that is left.
  void fill() {
    if (!isOwn) {
      throw new IllegalStateException("disk: the machine's (expected: one of its own)");
    }
    byte[] piece = new byte[PIECE_BYTES];
    try (OutputStream out = Files.newOutputStream(ballast())) {
      for (int i = 0; i <= SIZE_MIB; i++) {
        out.write(piece);
      }
    } catch (IOException e) {
      // No space is left, which is what was wanted.
    }
  }

  /// Gives it back.
  void empty() throws IOException {
    Files.deleteIfExists(ballast());
  }

  private Path ballast() {
    return folder.resolve("ballast");
  }

  @Override
  public void close() throws IOException {
    try {
      if (isOwn && !run("umount", folder)) {
        run("umount", "-l", folder);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    List<Path> all;
    try (Stream<Path> files = Files.walk(folder)) {
      all = files.sorted(Comparator.reverseOrder()).toList();
    }
    for (Path file : all) {
      Files.delete(file);
    }
  }
}
