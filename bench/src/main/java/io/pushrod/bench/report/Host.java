package io.pushrod.bench.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// The machine of a run. What cannot be read is `unknown`, or 0.
///
/// @param cores that this process may use before it is pinned
/// @param kernel its name and version
/// @param memory in bytes
public record Host(int cores, String cpu, String kernel, long memory, String jdk) {
  private static final String UNKNOWN = "unknown";

  /// This machine, by `/proc`.
  public static Host here() {
    String cpus = read(Path.of("/proc/cpuinfo"));
    return new Host(
        (int) cpus.lines().filter(line -> line.startsWith("processor")).count(),
        field(cpus, "model name").orElse(System.getProperty("os.arch", UNKNOWN)),
        System.getProperty("os.name", UNKNOWN) + " " + System.getProperty("os.version", ""),
        memory(read(Path.of("/proc/meminfo"))),
        System.getProperty("java.vm.name", UNKNOWN) + " " + Runtime.version());
  }

  /// In one line.
  String line() {
    return "%d cores, %s, %s, %s MiB of memory, %s"
        .formatted(cores, cpu, kernel, Numbers.round((double) (memory >> 20)), jdk);
  }

  /// The value of a line `name : value`.
  static Optional<String> field(String lines, String name) {
    return lines
        .lines()
        .filter(line -> line.startsWith(name) && line.contains(":"))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }

  static long memory(String lines) {
    String kibibytes = field(lines, "MemTotal").orElse("").replaceAll("[^0-9]", "");
    return kibibytes.isEmpty() ? 0 : Long.parseLong(kibibytes) << 10;
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return ""; // not Linux
    }
  }
}
