package io.pushrod.server.cli;

import java.net.http.HttpResponse;
import java.time.Duration;
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
    name = "backup",
    description = {
      "Copies the topics and runs of a running server, as they are at one moment, to a folder in its",
      "storage.disk.backups, and prints where that is.",
      "To go back, start a server with storage.disk.path at a copy of that folder."
    })
final class BackupCommand implements Callable<Integer> {
  /// A disk of its own for backups has to be written.
  private static final Duration TIMEOUT = Duration.ofHours(1);

  @Spec private @Nullable CommandSpec spec;
  @Mixin private AdminPort admin = new AdminPort();

  @Parameters(
      arity = "0..1",
      paramLabel = "NAME",
      description = "Of the folder, 1-64 of A-Z a-z 0-9 . _ - (the time, as 20260501-120000).")
  private @Nullable String name;

  @Override
  public Integer call() throws InterruptedException {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    String body = name == null ? "{}" : "{\"name\":" + FlatJson.quote(name) + "}";
    HttpResponse<String> answer = admin.post("/admin/backups", body, TIMEOUT);
    FlatJson json = FlatJson.parse(answer.body());
    String path = json == null ? null : json.text("path");
    if (answer.statusCode() != 201 || json == null || path == null) {
      throw new CommandFailed("backup: " + answer.statusCode() + " " + answer.body().strip());
    }
    command.getOut().println(path);
    command
        .getErr()
        .println(
            "pushrod: backed up "
                + json.number("topics", 0)
                + " topics, "
                + json.number("bytes", 0)
                + " bytes, in "
                + json.number("took_ms", 0)
                + " ms");
    return CommandLine.ExitCode.OK;
  }
}
