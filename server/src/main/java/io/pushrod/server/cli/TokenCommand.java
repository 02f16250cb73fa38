package io.pushrod.server.cli;

import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.GrantPattern;
import io.pushrod.server.auth.TokenMinter;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.config.SignatureAlgorithm;
import io.pushrod.server.session.Identity;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

@Command(
    name = "token",
    description = {
      "Prints a signed token, and nothing else, on standard output.",
      "Signs with the dev secret of the data folder, or with --key-file."
    })
final class TokenCommand implements Callable<Integer> {
  @Spec private @Nullable CommandSpec spec;
  @Mixin private ConfigOptions config = new ConfigOptions();
  @Mixin private BearerOptions bearer = new BearerOptions();

  @Option(names = "--user", paramLabel = "U", required = true, description = "Its subject.")
  private String user = "";

  @Option(
      names = "--topics",
      paramLabel = "PATTERN",
      description = "Topics it may read: thread/42, thread/* or *; may be repeated (*).")
  private List<String> topics = new ArrayList<>();

  @Option(
      names = "--ttl",
      paramLabel = "DURATION",
      converter = DurationConverter.class,
      description = "How long it is valid, such as 30m, 1h or 7d (1h).")
  private Duration timeToLive = Duration.ofHours(1);

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description = "The secret (HS) or PKCS#8 private key (all others) to sign with.")
  private @Nullable Path keyFile;

  @Option(
      names = "--alg",
      paramLabel = "ALG",
      description = "How to sign with --key-file: ${COMPLETION-CANDIDATES}.")
  private @Nullable SignatureAlgorithm algorithm;

  @Option(names = "--kid", paramLabel = "KID", description = "Id of the key in --key-file.")
  private @Nullable String kid;

  @Override
  public Integer call() {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    check(command, Identity.isTenant(bearer.tenant), "--tenant: " + bearer.tenant, "a tenant");
    check(command, !timeToLive.isZero(), "--ttl: 0", "a positive duration");
    checkPatterns(command, "--topics", topics);
    checkPatterns(command, "--publish", bearer.publish);
    checkPatterns(command, "--own", bearer.own);
    ServerConfig settings = config.load(true, List.of());
    TokenRequest request =
        new TokenRequest(
            bearer.tenant,
            user,
            bearer.roles,
            topics.isEmpty() ? List.of("*") : topics,
            bearer.publish,
            bearer.own,
            bearer.tenants,
            timeToLive);
    String token = minter(command, settings).mint(request, settings.auth().claims(), Instant.now());
    command.getOut().println(token);
    return CommandLine.ExitCode.OK;
  }

  private TokenMinter minter(CommandLine command, ServerConfig settings) {
    if (keyFile == null) {
      check(command, algorithm == null && kid == null, "--alg, --kid", "only with --key-file");
      DevSecret secret = DevSecret.loadOrCreate(settings.dataDir());
      if (secret.created()) {
        command.getErr().println("pushrod: made " + secret.file() + " for a server with --dev");
      }
      return secret.minter();
    }
    if (algorithm == null) {
      throw new ParameterException(command, "--alg: not set (expected: with --key-file)");
    }
    try {
      return TokenMinter.ofFile(kid, algorithm, keyFile);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(String.valueOf(e.getMessage()));
    }
  }

  private static void checkPatterns(CommandLine command, String option, List<String> patterns) {
    for (String pattern : patterns) {
      check(
          command,
          GrantPattern.isPattern(pattern),
          option + ": " + pattern,
          "a topic, prefix/* or *");
    }
  }

  private static void check(CommandLine command, boolean holds, String what, String expected) {
    if (!holds) {
      throw new ParameterException(command, what + " (expected: " + expected + ')');
    }
  }

  /// `90s`, `30m`, `1h30m`, `7d`.
  static final class DurationConverter implements ITypeConverter<Duration> {
    @Override
    public Duration convert(String text) {
      try {
        return Duration.parse((text.endsWith("d") ? "P" : "PT") + text);
      } catch (DateTimeException e) {
        throw new TypeConversionException(text + " (expected: a duration such as 30m, 1h or 7d)");
      }
    }
  }
}
