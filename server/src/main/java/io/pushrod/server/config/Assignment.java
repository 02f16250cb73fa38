package io.pushrod.server.config;

/// One setting of the command line, which wins over the file.
///
/// @param option what the operator typed, for messages: `--set`, `--port`
public record Assignment(String option, String key, String value) {

  /// Parses `key=value` of `--set`.
  ///
  /// @throws ConfigException when there is no `=` behind a key
  public static Assignment parse(String assignment) {
    int equals = assignment.indexOf('=');
    if (equals <= 0) {
      throw new ConfigException("--set: " + assignment + " (expected: key=value)");
    }
    return new Assignment(
        "--set", assignment.substring(0, equals), assignment.substring(equals + 1));
  }
}
