package io.pushrod.bench.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;

/// CPU time of processes in user and kernel mode by `/proc/PID/stat`, in steps of 10 ms: for
/// shares, not for totals.
///
/// @param userTicks in user mode
/// @param systemTicks in kernel mode
public record CpuSplit(long userTicks, long systemTicks) {
  /// Where utime stands behind the name, which ends with the last parenthesis (proc_pid_stat(5),
  /// fields 14 and 15).
  private static final int UTIME = 11;

  public static CpuSplit of(Collection<Long> pids) throws IOException {
    long user = 0;
    long system = 0;
    for (long pid : pids) {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
      user += Long.parseLong(fields[UTIME]);
      system += Long.parseLong(fields[UTIME + 1]);
    }
    return new CpuSplit(user, system);
  }

  /// The share of user mode since an earlier look; NaN when no time was spent.
  public double userShareSince(CpuSplit before) {
    double user = userTicks - before.userTicks;
    return user / (user + systemTicks - before.systemTicks);
  }
}
