package io.pushrod.server.cli;

import io.pushrod.server.config.Assignment;
import io.pushrod.server.config.ServerConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// The options that say where settings come from.
final class ConfigOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description = "Settings in YAML; config/pushrod.yaml shows them all.")
  private @Nullable Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "One setting, such as limits.event_bytes=64KiB; wins over the file.")
  private List<String> assignments = new ArrayList<>();

  @Option(
      names = {"--data", "--data-dir"},
      paramLabel = "DIR",
      description = "Folder for what the server keeps on disk (data_dir).")
  private @Nullable String dataDir;

  /// @param more options of the command itself; they win over `--set`
  /// @throws io.pushrod.server.config.ConfigException for whatever is wrong
  ServerConfig load(boolean dev, List<Assignment> more) {
    List<Assignment> all = new ArrayList<>(assignments.stream().map(Assignment::parse).toList());
    if (dataDir != null) {
      all.add(new Assignment("--data", "data_dir", dataDir));
    }
    all.addAll(more);
    return ServerConfig.load(file, all, dev);
  }
}
