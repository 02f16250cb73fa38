package io.pushrod.bench.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What else the machine does, read around a window.
///
/// Foreign CPU is the time of all processes that are not ours, finished children included, except
/// the kernel's `ksoftirqd`, which may work for us and is kept apart.
///
/// @param nanos when it was read, of [System#nanoTime]
/// @param foreignTicks CPU time of others so far
/// @param softirqTicks CPU time of ksoftirqd so far
/// @param stealTicks time that the hypervisor gave to others so far
/// @param load average of the last minute
public record Machine(
    long nanos, long foreignTicks, long softirqTicks, long stealTicks, double load) {
  /// USER_HZ is 100 on every Linux.
  private static final double TICK_NANOS = 1e7;

  private static final Path PROC = Path.of("/proc");

  /// @param measured processes under test that the harness may not have started itself
  public static Machine now(Collection<Long> measured) throws IOException {
    Set<Long> ours =
        Stream.concat(Stream.of(ProcessHandle.current()), ProcessHandle.current().descendants())
            .map(ProcessHandle::pid)
            .collect(Collectors.toSet());
    ours.addAll(measured);
    long foreign = 0;
    long softirq = 0;
    try (Stream<Path> all = Files.list(PROC)) {
      for (Path process : (Iterable<Path>) all.filter(Machine::isProcess)::iterator) {
        if (ours.contains(Long.parseLong(process.getFileName().toString()))) {
          continue;
        }
        Stat stat = Stat.of(process);
        if (stat.name.startsWith("ksoftirqd")) {
          softirq += stat.ticks;
        } else {
          foreign += stat.ticks;
        }
      }
    }
    String[] cpu =
        Files.readString(PROC.resolve("stat")).lines().findFirst().orElse("").split(" +", -1);
    String load = Files.readString(PROC.resolve("loadavg"));
    return new Machine(
        System.nanoTime(),
        foreign,
        softirq,
        cpu.length > 8 ? Long.parseLong(cpu[8]) : 0,
        Double.parseDouble(load.substring(0, load.indexOf(' '))));
  }

  /// CPU time of other processes since `before`, as a share of one core.
  public double foreignSince(Machine before) {
    return Math.max(0, foreignTicks - before.foreignTicks) * TICK_NANOS / (nanos - before.nanos);
  }

  public double stealSince(Machine before) {
    return (stealTicks - before.stealTicks) * TICK_NANOS / (nanos - before.nanos);
  }

  public double softirqSince(Machine before) {
    return (softirqTicks - before.softirqTicks) * TICK_NANOS / (nanos - before.nanos);
  }

  private static boolean isProcess(Path entry) {
    String name = entry.getFileName().toString();
    return name.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /// The parts of `/proc/PID/stat` that count here (proc_pid_stat(5): fields 2 and 14 to 17).
  private record Stat(String name, long ticks) {
    static Stat of(Path process) {
      try {
        String stat = Files.readString(process.resolve("stat"));
        int close = stat.lastIndexOf(')');
        String[] rest = stat.substring(close + 2).split(" ", -1);
        long ticks = 0;
        for (int field = 11; field <= 14; field++) {
          ticks += Long.parseLong(rest[field]);
        }
        return new Stat(stat.substring(stat.indexOf('(') + 1, close), ticks);
      } catch (IOException e) {
        return new Stat("", 0); // it ended meanwhile; its time is in its parent's
      }
    }
  }
}
