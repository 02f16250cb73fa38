package io.pushrod.server.cli;

import io.pushrod.server.auth.ApiKeyFile;
import io.pushrod.server.config.ServerConfig;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// API keys: makes, lists and revokes them in the file of a data folder. A server that runs there
/// notices within a second.
@Command(
    name = "key",
    description = {
      "Makes, lists and revokes API keys in the data folder of a server.",
      "A running server notices within a second."
    },
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {KeyCreateCommand.class, KeyListCommand.class, KeyRevokeCommand.class})
final class KeyCommand implements Runnable {
  @Spec private @Nullable CommandSpec spec;

  @Override
  public void run() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    throw new ParameterException(command, "a command is missing");
  }

  static ApiKeyFile file(ConfigOptions config) {
    ServerConfig settings = config.load(false, List.of());
    return new ApiKeyFile(settings.dataDir());
  }

  static CommandFailed failed(IOException e) {
    return new CommandFailed(
        e.getMessage() == null || !e.getMessage().startsWith("api keys: ")
            ? "api keys: " + e
            : e.getMessage());
  }
}
