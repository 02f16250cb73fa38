package io.pushrod.bench.run;

import java.util.List;
import java.util.stream.Stream;

/// Which process runs where: what is measured has core 0 for itself, readers and publishers have
/// core 1.
public final class Cores {
  private Cores() {}

  /// `command`, pinned to the core of what is measured and ended by force after `maxSeconds`.
  public static List<String> measured(int maxSeconds, List<String> command) {
    return pinned("0", maxSeconds, command);
  }

  /// `command`, pinned to the core of readers and publishers and ended by force after `maxSeconds`.
  public static List<String> load(int maxSeconds, List<String> command) {
    return pinned("1", maxSeconds, command);
  }

  /// `command`, on `cores` as taskset(1) lists them.
  public static List<String> pinned(String cores, int maxSeconds, List<String> command) {
    return Stream.concat(
            Stream.of("taskset", "-c", cores, "timeout", "-k", "5", "" + maxSeconds),
            command.stream())
        .toList();
  }
}
