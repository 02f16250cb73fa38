package io.pushrod.server.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;

@Command(name = "publish", description = "Publishes.")
final class PublishCommand implements Callable<Integer> {
  @Override
  public Integer call() {
    return CommandLine.ExitCode.OK;
  }
}
