package io.pushrod.server.cli;

import io.pushrod.server.config.ServerConfig;

/// Runs servers for `serve` and `demo`.
public interface ServerRunner {

  /// Starts a server and returns when it has stopped.
  ///
  /// @return the exit code
  /// @throws io.pushrod.server.config.ConfigException when it cannot start, a port in use included
  int serve(ServerConfig config) throws Exception;

  /// The same with the demo's page and its source of events.
  ///
  /// @param config in development mode
  int demo(ServerConfig config) throws Exception;
}
