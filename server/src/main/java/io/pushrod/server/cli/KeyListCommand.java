package io.pushrod.server.cli;

import io.pushrod.server.auth.ApiKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(
    name = "list",
    description = "Lists all API keys, without their secrets: a line each, columns by tabs.")
final class KeyListCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private ConfigOptions config = new ConfigOptions();

  @Override
  public Integer call() {
    PrintWriter out = Objects.requireNonNull(spec).commandLine().getOut();
    try {
      List<ApiKey> keys = KeyCommand.file(config).load();
      out.println("ID\tNAME\tTENANT\tUSER\tCREATED\tEXPIRES\tROLES\tTOPICS\tPUBLISH\tOWN\tTENANTS");
      keys.forEach(key -> out.println(line(key)));
    } catch (IOException e) {
      throw KeyCommand.failed(e);
    }
    return CommandLine.ExitCode.OK;
  }

  private static String line(ApiKey key) {
    return String.join(
        "\t",
        key.id(),
        key.name(),
        key.tenant(),
        key.user().isEmpty() ? "-" : key.user().replaceAll("\\p{Cntrl}", "?"),
        Instant.ofEpochMilli(key.createdAtMillis()).toString(),
        key.expiresAtMillis() == 0
            ? "never"
            : Instant.ofEpochMilli(key.expiresAtMillis()).toString(),
        all(key.roles()),
        all(key.topics()),
        all(key.publish()),
        all(key.own()),
        all(key.tenants()));
  }

  private static String all(List<String> texts) {
    return texts.isEmpty() ? "-" : String.join(",", texts).replaceAll("\\p{Cntrl}", "?");
  }
}
