package io.pushrod.server.cli;

import io.pushrod.server.config.ServerConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(name = "serve", description = "Runs a server until it is told to stop.")
final class ServeCommand implements Callable<Integer> {
  private final ServerRunner runner;

  @Mixin private ConfigOptions config = new ConfigOptions();
  @Mixin private PortOptions ports = new PortOptions();

  @Option(
      names = "--dev",
      description = "For development: loopback only, any tenant, a secret of its own.")
  private boolean dev;

  ServeCommand(ServerRunner runner) {
    this.runner = runner;
  }

  @Override
  public Integer call() throws Exception {
    ServerConfig settings = config.load(dev, ports.assignments());
    Logging.apply(settings.log());
    return runner.serve(settings);
  }
}
