package io.pushrod.bench.run;

import io.pushrod.server.auth.DevSecret;
import io.pushrod.server.auth.TokenMinter;
import io.pushrod.server.auth.TokenRequest;
import io.pushrod.server.config.ServerConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;

/// Who the publisher and the readers are.
///
/// @param publisher its token, which may take inboxes too when it is signed here
/// @param readers their tokens, of which each serves `readersPerToken` readers
public record Tokens(String publisher, List<String> readers, int readersPerToken) {
  private static final Duration LIFE = Duration.ofHours(12);

  /// One token for all.
  public static Tokens one(String token) {
    return new Tokens(token, List.of(token), 1);
  }

  /// Signs with the dev secret of a data folder, one user for every `perUser` readers, because a
  /// user has a bound of connections.
  ///
  /// @throws BenchException when there is no such secret
  public static Tokens dev(Path data, String tenant, int readers, int perUser) {
    Path secret = DevSecret.file(data);
    if (!Files.exists(secret)) {
      throw new BenchException(
          "dev secret: "
              + secret.toAbsolutePath().normalize()
              + " (expected: made by serve --dev; name its folder by --data, or give --token)");
    }
    TokenMinter minter = DevSecret.loadOrCreate(data).minter();
    int users = Math.ceilDiv(Math.max(1, readers), perUser);
    List<String> tokens =
        IntStream.range(0, users)
            .mapToObj(i -> mint(minter, tenant, "bench-" + i, List.of(), Instant.now()))
            .toList();
    return new Tokens(mint(minter, tenant, "bench", List.of("*"), Instant.now()), tokens, perUser);
  }

  /// One that may do everything in a tenant.
  ///
  /// @param data folder, in which the dev secret is made where it is missing
  /// @param issued lies back where the server's clock may
  public static String service(Path data, String tenant, Instant issued) {
    TokenMinter minter = DevSecret.loadOrCreate(data).minter();
    return mint(minter, tenant, "bench", List.of("*"), issued);
  }

  private static String mint(
      TokenMinter minter, String tenant, String user, List<String> own, Instant issued) {
    TokenRequest request =
        new TokenRequest(tenant, user, List.of(), List.of("*"), List.of("*"), own, List.of(), LIFE);
    return minter.mint(request, ServerConfig.load(null, List.of(), true).auth().claims(), issued);
  }
}
