package io.pushrod.server.auth;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/// A text file that only its owner may read, and that is replaced as a whole: readers see the old
/// lines or the new ones, and so does whoever comes after a crash.
///
/// **Thread:** any that may block.
public final class PrivateFile {
  private static final long LOCK_NANOS = TimeUnit.SECONDS.toNanos(10);
  private static final long POLL_NANOS = TimeUnit.MILLISECONDS.toNanos(5);

  /// One state of the file: replacing it changes the key, the time or the size.
  record Stamp(@Nullable Object key, long modifiedNanos, long bytes) {}

  private final Path path;
  private final long maxBytes;

  public PrivateFile(Path path, long maxBytes) {
    this.path = path.toAbsolutePath();
    this.maxBytes = maxBytes;
  }

  public Path path() {
    return path;
  }

  /// @return null when there is no file
  @Nullable Stamp stamp() throws IOException {
    try {
      BasicFileAttributes now = Files.readAttributes(path, BasicFileAttributes.class);
      return new Stamp(now.fileKey(), now.lastModifiedTime().to(TimeUnit.NANOSECONDS), now.size());
    } catch (NoSuchFileException e) {
      return null;
    }
  }

  /// The lines that are not blank; none when there is no file.
  ///
  /// @throws IOException whose message says what is wrong with it
  public List<String> read() throws IOException {
    if (!Files.exists(path)) {
      return List.of();
    }
    checkOwned();
    if (Files.size(path) > maxBytes) {
      throw new IOException("more than " + maxBytes + " bytes");
    }
    return Files.readAllLines(path).stream().filter(line -> !line.isBlank()).toList();
  }

  private void checkOwned() throws IOException {
    if (isPosix()) {
      String permissions = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
      if (!permissions.endsWith("------")) {
        throw new IOException(permissions + "; chmod 600 it");
      }
    }
  }

  /// Replaces the file, on disk before this returns.
  public void write(List<String> lines) throws IOException {
    byte[] text =
        lines.isEmpty()
            ? new byte[0]
            : (String.join("\n", lines) + '\n').getBytes(StandardCharsets.UTF_8);
    if (text.length > maxBytes) {
      throw new IOException("more than " + maxBytes + " bytes");
    }
    Path draft = path.resolveSibling(path.getFileName() + "." + UUID.randomUUID() + ".tmp");
    Files.createDirectories(folder());
    try {
      try (FileChannel channel = open(draft, StandardOpenOption.CREATE_NEW)) {
        ByteBuffer rest = ByteBuffer.wrap(text);
        while (rest.hasRemaining()) {
          channel.write(rest);
        }
        channel.force(true);
      }
      Files.move(draft, path, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      forceFolder();
    } finally {
      Files.deleteIfExists(draft);
    }
  }

  /// The new name is on disk too, where a folder can be opened for that.
  private void forceFolder() throws IOException {
    if (isPosix()) {
      try (FileChannel folder = FileChannel.open(folder(), StandardOpenOption.READ)) {
        folder.force(true);
      }
    }
  }

  /// What is done while nobody else changes the file.
  interface Change<T> {
    T apply() throws IOException;
  }

  /// Reads and writes as one step, among all processes that do so.
  <T> T locked(Change<T> change) throws IOException {
    Files.createDirectories(folder());
    Path lock = path.resolveSibling(path.getFileName() + ".lock");
    try (FileChannel channel = open(lock, StandardOpenOption.CREATE);
        FileLock _ = await(channel)) {
      return change.apply();
    }
  }

  private static FileLock await(FileChannel channel) throws IOException {
    long begin = System.nanoTime();
    while (System.nanoTime() - begin < LOCK_NANOS) {
      try {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return lock;
        }
      } catch (OverlappingFileLockException e) {
        // another thread of this process has it
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
    throw new IOException("locked by another process for 10 s");
  }

  private FileChannel open(Path file, StandardOpenOption how) throws IOException {
    FileAttribute<?>[] owned =
        isPosix()
            ? new FileAttribute<?>[] {
              PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
            }
            : new FileAttribute<?>[0];
    return FileChannel.open(file, Set.of(how, StandardOpenOption.WRITE), owned);
  }

  private Path folder() {
    Path folder = path.getParent();
    return folder == null ? path : folder;
  }

  private boolean isPosix() {
    return path.getFileSystem().supportedFileAttributeViews().contains("posix");
  }
}
