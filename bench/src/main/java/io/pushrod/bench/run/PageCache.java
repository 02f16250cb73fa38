package io.pushrod.bench.run;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// What the kernel keeps in memory of the files of a folder, without a look at anybody else's.
public final class PageCache {
  private static final int PAGE_BYTES = 4096;

  /// POSIX_FADV_DONTNEED of Linux.
  private static final int DONT_NEED = 4;

  private static final Linker LINKER = Linker.nativeLinker();
  private static final MethodHandle OPEN =
      LINKER.downcallHandle(
          LINKER.defaultLookup().findOrThrow("open"),
          FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_INT),
          Linker.Option.firstVariadicArg(2));
  private static final MethodHandle CLOSE =
      function("close", FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
  private static final MethodHandle ADVISE =
      function(
          "posix_fadvise",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_INT,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_LONG,
              ValueLayout.JAVA_INT));
  private static final MethodHandle IN_CORE =
      function(
          "mincore",
          FunctionDescriptor.of(
              ValueLayout.JAVA_INT,
              ValueLayout.ADDRESS,
              ValueLayout.JAVA_LONG,
              ValueLayout.ADDRESS));

  private PageCache() {}

  private static MethodHandle function(String name, FunctionDescriptor descriptor) {
    return LINKER.downcallHandle(LINKER.defaultLookup().findOrThrow(name), descriptor);
  }

  /// Has the disk take what was written, and the kernel forget it all (posix_fadvise(2)). What a
  /// process holds in memory of its own, it keeps.
  public static void evict(Path folder) throws IOException, InterruptedException {
    Process sync = new ProcessBuilder("sync", "-f", folder.toString()).inheritIO().start();
    if (sync.waitFor() != 0) {
      throw new BenchException("sync: failed (expected: success)");
    }
    for (Path file : files(folder)) {
      evictFile(file);
    }
  }

  private static List<Path> files(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      return all.filter(Files::isRegularFile).toList();
    }
  }

  private static void evictFile(Path file) {
    try (Arena arena = Arena.ofConfined()) {
      int descriptor = (int) OPEN.invokeExact(arena.allocateFrom(file.toString()), 0);
      if (descriptor < 0) {
        return; // deleted meanwhile
      }
      int failed = (int) ADVISE.invokeExact(descriptor, 0L, 0L, DONT_NEED);
      int closed = (int) CLOSE.invokeExact(descriptor);
      if (failed != 0 || closed != 0) {
        throw new BenchException("posix_fadvise: " + file + ": " + failed + " (expected: 0)");
      }
    } catch (BenchException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
  }

  /// How much of the files is in memory (mincore(2)).
  public static long bytes(Path folder) throws IOException {
    long pages = 0;
    for (Path file : files(folder)) {
      try (FileChannel channel = FileChannel.open(file);
          Arena arena = Arena.ofConfined()) {
        long size = channel.size();
        pages += size == 0 ? 0 : pages(channel.map(MapMode.READ_ONLY, 0, size, arena), arena);
      } catch (NoSuchFileException e) {
        // Deleted meanwhile: nothing of it counts.
      }
    }
    return pages * PAGE_BYTES;
  }

  private static long pages(MemorySegment file, Arena arena) {
    long count = Math.ceilDiv(file.byteSize(), PAGE_BYTES);
    MemorySegment present = arena.allocate(count);
    try {
      if ((int) IN_CORE.invokeExact(file, file.byteSize(), present) != 0) {
        throw new BenchException("mincore: failed (expected: 0)");
      }
    } catch (BenchException e) {
      throw e;
    } catch (Throwable e) {
      throw new IllegalStateException(e);
    }
    long pages = 0;
    for (long i = 0; i < count; i++) {
      pages += present.get(ValueLayout.JAVA_BYTE, i) & 1;
    }
    return pages;
  }

  /// Of the files of a folder.
  public static long fileBytes(Path folder) throws IOException {
    long bytes = 0;
    for (Path file : files(folder)) {
      bytes += file.toFile().length(); // 0 for one that was deleted meanwhile
    }
    return bytes;
  }
}
