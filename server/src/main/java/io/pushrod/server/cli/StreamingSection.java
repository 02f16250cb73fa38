package io.pushrod.server.cli;

import io.pushrod.server.config.Assignment;
import io.pushrod.server.config.StreamingConfig;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;

/// The section `streaming` of a config file, from the options of a command.
///
/// @param allowed one preset, or names
record StreamingSection(boolean asyncRuns, List<String> allowed) {

  /// @param events a preset, or names with commas between them
  /// @param backend the name of one
  /// @param prefix of the options that these come from, such as `--streaming-`
  /// @throws ParameterException for whatever no server would start with
  static StreamingSection of(
      CommandLine command, String prefix, boolean asyncRuns, String events, String backend) {
    if (!backend.equals("memory")) {
      throw new ParameterException(
          command,
          prefix
              + "backend: "
              + backend
              + " (expected: memory; disk and redis are not in this version)");
    }
    List<String> allowed = Arrays.stream(events.split(",", -1)).map(String::strip).toList();
    if (!StreamingConfig.Events.isAllowed(allowed)) {
      throw new ParameterException(
          command,
          prefix
              + "events: "
              + events
              + " (expected: minimal, chat, debug or all; or some of token, step, progress,"
              + " checkpoint, heartbeat, custom and custom:<name>, with commas)");
    }
    return new StreamingSection(asyncRuns, allowed);
  }

  /// Lines of YAML, each with its `\n`.
  String yaml() {
    return """
    # What runs emit, and for how long they may.
    streaming:
      # true: a run outlives the request that starts it, and is read again from anywhere (/runs).
      # false: a run is one request and its answer (/invoke, /invoke/stream).
      async_runs: %s
      # Where the events of runs are kept. This version has memory.
      backend: memory
      events:
        # What runs emit besides their start and end; the rest is dropped. minimal: nothing more; chat: token, step,
        # progress, heartbeat; debug, all: everything. Or a list of token, step, progress, checkpoint, heartbeat,
        # custom (every custom event) and custom:<name>.
        allowed: %s
        # Seconds in which nothing happens in a run before it emits a heartbeat, 1 to 300.
        heartbeat_interval: 15
        # Seconds that a run may take, 1 to 86400; then it is timed out.
        max_run_duration: 3600
    """
        .formatted(asyncRuns, isPreset() ? allowed.getFirst() : list());
  }

  /// The same for a server's command line.
  List<Assignment> assignments() {
    return List.of(
        Assignment.parse("streaming.async_runs=" + asyncRuns),
        Assignment.parse("streaming.events.allowed=" + list()));
  }

  private boolean isPreset() {
    return allowed.size() == 1 && StreamingConfig.Events.isPreset(allowed.getFirst());
  }

  /// Quoted, as a name may end with a colon.
  private String list() {
    return allowed.stream()
        .map(name -> name.indexOf(':') < 0 ? name : '"' + name + '"')
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
