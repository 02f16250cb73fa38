package io.pushrod.server.config;

import io.pushrod.server.config.ConfigValue.Scalar;

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

  /// The value: `[…]` and `{…}` are YAML, everything else is taken as it is.
  ConfigValue written() {
    return value.startsWith("[") || value.startsWith("{")
        ? YamlSource.value(option, key, value)
        : new Scalar(value, value.isEmpty() || value.equals("null"), new Origin(option, 0));
  }
}
