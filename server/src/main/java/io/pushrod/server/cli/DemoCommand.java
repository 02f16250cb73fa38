package io.pushrod.server.cli;

import io.pushrod.server.config.ServerConfig;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

@Command(
    name = "demo",
    description = "Runs a development server with a page that shows live events.")
final class DemoCommand implements Callable<Integer> {
  private final ServerRunner runner;

  @Mixin private ConfigOptions config = new ConfigOptions();
  @Mixin private PortOptions ports = new PortOptions();

  DemoCommand(ServerRunner runner) {
    this.runner = runner;
  }

  @Override
  public Integer call() throws Exception {
    ServerConfig settings = config.load(true, ports.assignments());
    Logging.apply(settings.log());
    return runner.demo(settings);
  }
}
