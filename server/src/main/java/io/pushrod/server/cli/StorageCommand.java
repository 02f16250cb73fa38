package io.pushrod.server.cli;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// What operators do with what a server has stored.
@Command(
    name = "storage",
    description = "Backs up the topics of a running server whose storage.backend is disk.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {BackupCommand.class})
final class StorageCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    throw new ParameterException(command, "a command is missing");
  }
}
