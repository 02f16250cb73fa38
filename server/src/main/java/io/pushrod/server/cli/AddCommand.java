package io.pushrod.server.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "add",
    description = "Adds to a config file, and keeps everything else in it as it is.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = AddStreamingCommand.class)
final class AddCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    throw new ParameterException(command, "a command is missing");
  }
}
