package io.pushrod.server.cli;

import java.net.http.HttpResponse;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
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
    name = "revoke",
    description = {
      "Ends tokens before their time, and closes what they hold open on a running server:",
      "one by its id, or those of a tenant or user that were issued so far."
    })
final class RevokeCommand implements Callable<Integer> {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  @Spec private @Nullable CommandSpec spec;

  @Option(names = "--token-id", paramLabel = "ID", description = "The jti of a token.")
  private @Nullable String tokenId;

  @Option(names = "--tenant", paramLabel = "T", description = "All tokens of a tenant.")
  private @Nullable String tenant;

  @Option(names = "--user", paramLabel = "U", description = "Of the tenant, only this user's.")
  private @Nullable String user;

  @Option(
      names = "--issued-before",
      paramLabel = "TIME",
      converter = InstantConverter.class,
      description = "With --tenant: those issued until then, such as 2026-05-01T12:00:00Z (now).")
  private @Nullable Instant issuedBefore;

  @Option(
      names = "--remember",
      paramLabel = "DURATION",
      converter = TokenCommand.DurationConverter.class,
      description = "How long, longer than such tokens live (auth.revocation_time).")
  private @Nullable Duration remember;

  @Mixin private AdminPort admin = new AdminPort();

  @Override
  public Integer call() throws InterruptedException {
    CommandLine command = Objects.requireNonNull(spec).commandLine();
    check(command, (tokenId == null) != (tenant == null), "expected: --token-id or --tenant");
    check(command, tokenId == null || issuedBefore == null, "--issued-before is for --tenant");
    check(command, tenant != null || user == null, "--user: without --tenant (expected: both)");
    HttpResponse<String> answer = admin.post("/admin/revocations", body(), TIMEOUT);
    FlatJson json = FlatJson.parse(answer.body());
    if (answer.statusCode() != 201 || json == null) {
      throw new CommandFailed("revoke: " + answer.statusCode() + " " + answer.body().strip());
    }
    command.getOut().println(answer.body().strip());
    command
        .getErr()
        .println("pushrod: revoked; " + json.number("closed", 0) + " connections closed");
    return CommandLine.ExitCode.OK;
  }

  private static void check(CommandLine command, boolean holds, String message) {
    if (!holds) {
      throw new ParameterException(command, message);
    }
  }

  private String body() {
    StringBuilder json = new StringBuilder("{");
    if (tokenId != null) {
      json.append("\"token_id\":").append(FlatJson.quote(tokenId));
    } else {
      json.append("\"tenant\":").append(FlatJson.quote(Objects.requireNonNull(tenant)));
    }
    if (user != null) {
      json.append(",\"user\":").append(FlatJson.quote(user));
    }
    if (issuedBefore != null) {
      json.append(",\"issued_before\":").append(issuedBefore.toEpochMilli());
    }
    if (remember != null) {
      json.append(",\"expires_in\":").append(remember.toSeconds());
    }
    return json.append('}').toString();
  }

  /// RFC 3339, or milliseconds since 1970.
  static final class InstantConverter implements ITypeConverter<Instant> {
    @Override
    public Instant convert(String text) {
      try {
        return text.matches("\\d{12,15}")
            ? Instant.ofEpochMilli(Long.parseLong(text))
            : Instant.parse(text);
      } catch (DateTimeException e) {
        throw new TypeConversionException(
            text + " (expected: a time such as 2026-05-01T12:00:00Z)");
      }
    }
  }
}
