package io.pushrod.server;

import io.pushrod.server.cli.PushrodCommand;
import io.pushrod.server.cli.ServerRunner;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;

/// Where the process begins.
public final class Main {
  private Main() {}

  public static void main(String[] arguments) {
    System.exit(PushrodCommand.run(arguments, new NoServer()));
  }

  private static final class NoServer implements ServerRunner {
    @Override
    public int serve(ServerConfig config) {
      throw new ConfigException("serve: not wired yet");
    }

    @Override
    public int demo(ServerConfig config) {
      throw new ConfigException("demo: not wired yet");
    }
  }
}
