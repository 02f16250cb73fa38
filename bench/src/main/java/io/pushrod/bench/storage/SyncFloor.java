package io.pushrod.bench.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.HdrHistogram.Histogram;

/// What the disk alone takes: 4 KiB appended to a file and synced (`fdatasync(2)`), one after the
/// other.
public final class SyncFloor {
  private static final int BYTES = 4096;
  private static final int TIMES = 200;

  private SyncFloor() {}

  /// @param folder on the disk in question
  /// @return nanoseconds of one
  public static Histogram measure(Path folder) throws IOException {
    Histogram nanos = new Histogram(3);
    Path file = Files.createTempFile(folder, "sync", ".floor");
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = ByteBuffer.allocateDirect(BYTES);
      for (int i = 0; i < TIMES; i++) {
        long begin = System.nanoTime();
        channel.write(bytes.clear());
        channel.force(false);
        nanos.recordValue(System.nanoTime() - begin);
      }
      return nanos;
    } finally {
      Files.delete(file);
    }
  }
}
