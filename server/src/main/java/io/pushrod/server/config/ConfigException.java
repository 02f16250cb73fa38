package io.pushrod.server.config;

/// The server cannot start with this configuration. The message is one line for the operator:
/// `<file>:<line>: <key>: <value> (expected: …)`.
public final class ConfigException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ConfigException(String message) {
    super(message, null, false, false);
  }
}
