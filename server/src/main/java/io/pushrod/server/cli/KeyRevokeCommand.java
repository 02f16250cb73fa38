package io.pushrod.server.cli;

import io.pushrod.server.auth.ApiKey;
import io.pushrod.server.auth.ApiKeyFile;
import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

@Command(
    name = "revoke",
    description = "Removes an API key; a running server closes what it holds open.")
final class KeyRevokeCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private ConfigOptions config = new ConfigOptions();

  @Parameters(paramLabel = "ID", description = "As key list shows it: prk_ and 12 characters.")
  private String id = "";

  @Override
  public Integer call() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    ApiKeyFile file = KeyCommand.file(config);
    try {
      ApiKey removed =
          file.remove(id)
              .orElseThrow(
                  () ->
                      new CommandFailed(
                          "id: unknown (expected: one of those in " + file.path() + ")"));
      command
          .getErr()
          .println(
              "pushrod: revoked "
                  + removed.id()
                  + " ("
                  + removed.name()
                  + ", tenant "
                  + removed.tenant()
                  + ")");
    } catch (IOException e) {
      throw KeyCommand.failed(e);
    }
    return CommandLine.ExitCode.OK;
  }
}
