package io.pushrod.server.cli;

import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How commands that talk to a server say who they are: a given token, or one of their own from the
/// dev secret of a data folder, for as long as they run.
final class ClientOptions {
  private static final Duration TIME_TO_LIVE = Duration.ofDays(30);

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      defaultValue = "${env:PUSHROD_TOKEN}",
      description = "Token to show (environment: PUSHROD_TOKEN).")
  private @Nullable String token;

  @Option(
      names = "--data-dir",
      paramLabel = "DIR",
      description = "Without --token: data folder whose dev secret signs one (.).")
  private Path dataDir = Path.of(".");

  @Option(
      names = "--tenant",
      paramLabel = "T",
      description = "Without --token: the tenant to act for (dev).")
  private String tenant = "dev";

  /// @param topics what it must be allowed to read
  /// @param publish what it must be allowed to publish to
  /// @throws CommandFailed when there is neither a token nor a dev secret
  String token(List<String> topics, List<String> publish) {
    return token(topics, publish, List.of());
  }

  /// @param own inboxes that it must be allowed to take
  String token(List<String> topics, List<String> publish, List<String> own) {
    if (token != null && !token.isEmpty()) {
      return token;
    }
    Path file = DevSecret.file(dataDir);
    if (!Files.exists(file)) {
      throw new CommandFailed(
          "token: not set (expected: --token, PUSHROD_TOKEN, or --data-dir of a server with --dev;"
              + " there is no "
              + file
              + ')');
    }
    return DevSecret.loadOrCreate(dataDir)
        .minter()
        .mint(
            new TokenRequest(
                tenant, "cli", List.of(), topics, publish, own, List.of(), TIME_TO_LIVE),
            ServerConfig.defaults(true).auth().claims(),
            Instant.now());
  }
}
