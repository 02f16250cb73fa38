package io.pushrod.bench.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Memory of a process, seen from outside.
///
/// @param rssBytes pages in memory
/// @param privateDirtyBytes pages that only this process has and has written
/// @param kernelTcpBytes buffers of all TCP sockets of the machine, both ends
public record Memory(long rssBytes, long privateDirtyBytes, long kernelTcpBytes) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final long PAGE_BYTES = 4096;

  public static Memory of(long pid) throws IOException {
    return of(List.of(pid));
  }

  /// Of processes together.
  public static Memory of(Collection<Long> pids) throws IOException {
    long rss = 0;
    long dirty = 0;
    for (long pid : pids) {
      for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/smaps_rollup"))) {
        String[] words = line.split(" +", -1);
        switch (words[0]) {
          case "Rss:" -> rss += 1024 * Long.parseLong(words[1]);
          case "Private_Dirty:" -> dirty += 1024 * Long.parseLong(words[1]);
          default -> {}
        }
      }
    }
    return new Memory(rss, dirty, kernelTcp());
  }

  /// Begins a new high-water mark of a process at what it has now (proc_pid_clear_refs(5), 5).
  public static void resetPeak(long pid) throws IOException {
    Files.writeString(Path.of("/proc/" + pid + "/clear_refs"), "5");
  }

  /// The most that was resident since [#resetPeak].
  public static long peakBytes(long pid) throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmHWM:")) {
        return 1024 * Long.parseLong(line.strip().split("\\s+", -1)[1]);
      }
    }
    throw new BenchException("process: " + pid + " (expected: one with a VmHWM in its status)");
  }

  /// What the kernel keeps in small objects for all of the machine: sockets, descriptors and the
  /// like (proc_meminfo(5), `Slab`).
  public static long kernelSlabBytes() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/meminfo"))) {
      if (line.startsWith("Slab:")) {
        return 1024 * Long.parseLong(line.split(" +", -1)[1]);
      }
    }
    throw new BenchException("/proc/meminfo: no Slab (expected: of Linux)");
  }

  /// The `mem` of the TCP line of `/proc/net/sockstat`, which counts pages.
  private static long kernelTcp() throws IOException {
    for (String line : Files.readAllLines(Path.of("/proc/net/sockstat"))) {
      int mem = line.indexOf(" mem ");
      if (line.startsWith("TCP:") && mem > 0) {
        return PAGE_BYTES * Long.parseLong(line.substring(mem + 5).strip());
      }
    }
    return 0;
  }

  /// With what a collector that compacts fills the space of dead objects it leaves where they are.
  private static final String FILLER = "[Ljdk.internal.vm.FillerElement;";

  /// Bytes of live objects of a JVM by class, after a full collection. The total is under the empty
  /// name. What a collector fills gaps with is not live.
  public static Map<String, Long> liveBytes(long pid, Path logs)
      throws IOException, InterruptedException {
    String jcmd = Path.of(System.getProperty("java.home"), "bin", "jcmd").toString();
    List<String> command = List.of(jcmd, "" + pid, "GC.class_histogram");
    Map<String, Long> bytes = new TreeMap<>();
    try (Child child = Child.start("jcmd", logs, Cores.load((int) PATIENCE.toSeconds(), command))) {
      while (true) {
        String[] words = child.next(PATIENCE).strip().split(" +", -1);
        if (words[0].equals("Total")) {
          Long filler = bytes.remove(FILLER);
          bytes.put("", Long.parseLong(words[2]) - (filler == null ? 0 : filler));
          return bytes;
        }
        if (words.length >= 4 && words[0].endsWith(":") && Character.isDigit(words[0].charAt(0))) {
          bytes.merge(words[3], Long.parseLong(words[2]), Long::sum);
        }
      }
    }
  }
}
