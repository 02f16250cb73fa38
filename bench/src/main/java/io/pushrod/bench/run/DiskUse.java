package io.pushrod.bench.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/// What processes had the disk do so far (proc_pid_io(5)).
///
/// @param readBytes that came from the disk, not from memory
/// @param writtenBytes that were to go to the disk; those of files that were deleted before count
///   too
public record DiskUse(long readBytes, long writtenBytes) {
  public static DiskUse of(Collection<Long> pids) throws IOException {
    long read = 0;
    long written = 0;
    for (long pid : pids) {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/io"))) {
        String[] words = line.split(": ", -1);
        switch (words[0]) {
          case "read_bytes" -> read += Long.parseLong(words[1]);
          case "write_bytes" -> written += Long.parseLong(words[1]);
          default -> {}
        }
      }
    }
    return new DiskUse(read, written);
  }
}
