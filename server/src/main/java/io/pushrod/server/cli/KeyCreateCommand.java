package io.pushrod.server.cli;

import io.pushrod.server.auth.ApiKey;
import io.pushrod.server.auth.ApiKeyFile;
import io.pushrod.server.auth.TokenRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

@Command(
    name = "create",
    description = {
      "Prints a new API key, and nothing else, on standard output.",
      "It is not shown again: only its hash is kept."
    })
final class KeyCreateCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private ConfigOptions config = new ConfigOptions();
  @Mixin private BearerOptions bearer = new BearerOptions();

  @Option(
      names = "--name",
      paramLabel = "NAME",
      required = true,
      description = "What it is for; shown in lists.")
  private String name = "";

  @Option(names = "--user", paramLabel = "U", description = "The user it stands for (none).")
  private String user = "";

  @Option(
      names = "--topics",
      paramLabel = "PATTERN",
      description = "Topics it may read: thread/42, thread/* or *; may be repeated (none).")
  private List<String> topics = new ArrayList<>();

  @Option(
      names = "--ttl",
      paramLabel = "DURATION",
      converter = TokenCommand.DurationConverter.class,
      description = "How long it is valid, such as 30m, 1h or 7d (until it is revoked).")
  private @Nullable Duration timeToLive;

  @Override
  public Integer call() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    ApiKey.Created created = create(command);
    ApiKeyFile file = KeyCommand.file(config);
    try {
      file.add(created.key());
    } catch (IOException e) {
      throw KeyCommand.failed(e);
    }
    command.getOut().println(created.secret());
    command
        .getErr()
        .println(
            "pushrod: made "
                + created.key().id()
                + " in "
                + file.path()
                + "; its secret is shown this once");
    return CommandLine.ExitCode.OK;
  }

  private ApiKey.Created create(CommandLine command) {
    if (timeToLive != null && timeToLive.toMillis() <= 0) {
      throw new ParameterException(command, "--ttl: 0 (expected: a positive duration)");
    }
    TokenRequest what =
        new TokenRequest(
            bearer.tenant,
            user,
            bearer.roles,
            topics,
            bearer.publish,
            bearer.own,
            bearer.tenants,
            timeToLive);
    try {
      return ApiKey.create(name, what, System.currentTimeMillis());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command, "--" + e.getMessage());
    }
  }
}
