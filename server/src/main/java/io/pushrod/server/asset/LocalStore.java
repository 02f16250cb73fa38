package io.pushrod.server.asset;

import io.pushrod.codec.ErrorCode;
import io.pushrod.codec.RequestException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.DirectoryStream;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/// Assets as files in a folder, with their metadata beside them.
///
/// **Thread:** any but an event loop.
final class LocalStore implements AssetStore {
  /*
   * An asset is two files, each renamed into its place, content first. The lock makes the pair
   * change at once for who opens it; a crash between the two renames leaves content that its
   * metadata does not fit, which usage() removes at the next start. Content is synced before, and
   * the folder after.
   */

  /// A folder may be removed by a delete between its making and a rename into it.
  private static final int ATTEMPTS = 3;

  private static final int MAX_META_BYTES = 64 * 1024;

  private final Path root;
  private final ReadWriteLock lock = new ReentrantReadWriteLock();

  /// @param root on one file system with the spool
  LocalStore(Path root) {
    this.root = root.toAbsolutePath().normalize();
  }

  private Path file(String key) {
    Path file = root.resolve(key).normalize();
    if (!file.startsWith(root) || file.equals(root)) {
      throw new IllegalArgumentException("key: outside (expected: below the folder of assets)");
    }
    return file;
  }

  @Override
  public @Nullable AssetMeta put(AssetPath path, AssetMeta meta, Path spooled) throws IOException {
    Path content = file(path.key());
    Path metaFile = file(path.metaKey());
    Path metaDraft = spooled.resolveSibling(spooled.getFileName() + ".json");
    write(metaDraft, meta.toJson());
    lock.writeLock().lock();
    try {
      AssetMeta before = meta(metaFile);
      move(spooled, content);
      move(metaDraft, metaFile);
      sync(folder(content));
      return before;
    } catch (FileSystemException e) {
      if (isBlocked(content)) {
        throw new RequestException(
            ErrorCode.BAD_REQUEST, "path: taken (expected: no asset where a folder is needed)");
      }
      throw e;
    } finally {
      lock.writeLock().unlock();
      var _ = Files.deleteIfExists(metaDraft);
    }
  }

  /// Whether a folder is where the file should be, or a file where one of its folders should be.
  private boolean isBlocked(Path content) {
    boolean blocked = Files.isDirectory(content);
    for (Path each = folder(content); !each.equals(root); each = folder(each)) {
      blocked |= Files.isRegularFile(each);
    }
    return blocked;
  }

  private static Path folder(Path file) {
    Path folder = file.getParent();
    return folder == null ? file : folder;
  }

  private static void move(Path from, Path to) throws IOException {
    for (int attempt = 1; ; attempt++) {
      Files.createDirectories(folder(to));
      try {
        Files.move(from, to, StandardCopyOption.ATOMIC_MOVE);
        return;
      } catch (NoSuchFileException e) {
        if (attempt == ATTEMPTS) {
          throw e;
        }
      }
    }
  }

  private static void write(Path file, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      ByteBuffer all = ByteBuffer.wrap(bytes);
      while (all.hasRemaining()) {
        var _ = channel.write(all);
      }
      channel.force(true);
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  private static @Nullable AssetMeta meta(Path file) throws IOException {
    try {
      return Files.size(file) > MAX_META_BYTES ? null : AssetMeta.parse(Files.readAllBytes(file));
    } catch (NoSuchFileException | NotDirectoryException e) {
      return null;
    } catch (FileSystemException e) {
      // A name in the way of a folder, or a folder in the way of a name.
      if (Files.exists(file)) {
        throw e;
      }
      return null;
    }
  }

  @Override
  public @Nullable StoredAsset open(AssetPath path) throws IOException {
    lock.readLock().lock();
    try {
      AssetMeta meta = meta(file(path.metaKey()));
      Path content = file(path.key());
      if (meta == null || !Files.isRegularFile(content, LinkOption.NOFOLLOW_LINKS)) {
        return null;
      }
      return new Content(meta, FileChannel.open(content, StandardOpenOption.READ));
    } catch (NoSuchFileException e) {
      return null;
    } finally {
      lock.readLock().unlock();
    }
  }

  private record Content(AssetMeta meta, FileChannel channel) implements StoredAsset {
    @Override
    public int read(ByteBuffer out, long position, long end) throws IOException {
      int limit = out.limit();
      out.limit((int) Math.min(limit, out.position() + end - position));
      int bytes = channel.read(out, position);
      out.limit(limit);
      if (bytes <= 0) {
        throw new EOFException("asset: cut off (expected: " + meta.size() + " bytes)");
      }
      return bytes;
    }

    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException e) {
        // It was only read.
      }
    }
  }

  @Override
  public @Nullable AssetMeta delete(AssetPath path) throws IOException {
    Path content = file(path.key());
    Path metaFile = file(path.metaKey());
    lock.writeLock().lock();
    try {
      AssetMeta meta = meta(metaFile);
      if (meta != null) {
        var _ = Files.deleteIfExists(metaFile);
        var _ = Files.deleteIfExists(content);
        removeEmpty(folder(content), file(AssetPath.folder(path.tenant())));
      }
      return meta;
    } finally {
      lock.writeLock().unlock();
    }
  }

  private static void removeEmpty(Path folder, Path top) throws IOException {
    try {
      for (Path each = folder; !each.equals(top); each = folder(each)) {
        Files.delete(each);
      }
    } catch (DirectoryNotEmptyException e) {
      // It is in use.
    }
  }

  @Override
  public Usage usage(String folder) throws IOException {
    Path top = file(folder);
    Deque<Path> folders = new ArrayDeque<>();
    if (Files.isDirectory(top, LinkOption.NOFOLLOW_LINKS)) {
      folders.add(top);
    }
    long count = 0;
    long bytes = 0;
    while (!folders.isEmpty()) {
      Path next = folders.remove();
      List<Path> files = new ArrayList<>();
      try (DirectoryStream<Path> all = Files.newDirectoryStream(next)) {
        for (Path each : all) {
          (Files.isDirectory(each, LinkOption.NOFOLLOW_LINKS) ? folders : files).add(each);
        }
      }
      for (Path each : files) {
        long size = wholeSize(each);
        count += size < 0 ? 0 : 1;
        bytes += Math.max(0, size);
      }
      if (files.isEmpty() || isEmpty(next)) {
        removeEmpty(next, top);
      }
    }
    return new Usage(count, bytes);
  }

  private static boolean isEmpty(Path folder) throws IOException {
    try (DirectoryStream<Path> all = Files.newDirectoryStream(folder)) {
      return !all.iterator().hasNext();
    }
  }

  /// The size of an asset; -1 for metadata, and for a half, which is removed.
  private static long wholeSize(Path file) throws IOException {
    String name = String.valueOf(file.getFileName());
    if (name.startsWith(".")) {
      String of = name.substring(1, Math.max(1, name.length() - ".json".length()));
      if (!Files.exists(file.resolveSibling(of.isEmpty() ? name : of))) {
        var _ = Files.deleteIfExists(file);
      }
      return -1;
    }
    Path metaFile = file.resolveSibling(AssetPath.metaName(name));
    long size = Files.size(file);
    AssetMeta meta;
    try {
      meta = meta(metaFile);
    } catch (IOException e) {
      // Not a half: nobody gets it, and nothing is lost of it.
      return size;
    }
    if (meta != null && meta.size() == size) {
      return size;
    }
    var _ = Files.deleteIfExists(metaFile);
    var _ = Files.deleteIfExists(file);
    return -1;
  }

  @Override
  public void close() {}
}
