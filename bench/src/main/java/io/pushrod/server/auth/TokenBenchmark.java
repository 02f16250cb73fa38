package io.pushrod.server.auth;

import com.nimbusds.jose.JWSAlgorithm;
import io.pushrod.bench.jmh.Samples;
import io.pushrod.server.config.ServerConfig;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/// A token that comes with a connection: known already, or verified from its first byte.
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenBenchmark {
  private static final ServerConfig CONFIG = ServerConfig.defaults(false);
  private static final byte[] SECRET =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  private final KeyPair ec = ecKeys();

  /// State: one token of each algorithm, with the claims that a user's token has.
  private final String hs256 = mint(TokenMinter.ofSecret("hs", JWSAlgorithm.HS256, SECRET));

  private final String es256 =
      mint(TokenMinter.ofPrivateKey("ec", JWSAlgorithm.ES256, ec.getPrivate()));

  /// State: a verifier that has seen the token, and one that remembers none.
  private final TokenVerifier caching = verifier(CONFIG.auth().tokenCacheEntries());

  private final TokenVerifier forgetting = verifier(0);

  private static KeyPair ecKeys() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("EC: missing (expected: in every JVM)", e);
    }
  }

  private static String mint(TokenMinter minter) {
    return minter.mint(
        new TokenRequest(
            Samples.TENANT,
            "ann",
            List.of("member"),
            List.of("thread/*", "project/p1"),
            List.of("thread/*"),
            List.of(),
            List.of(),
            Duration.ofHours(1)),
        CONFIG.auth().claims(),
        Instant.ofEpochMilli(Samples.NOW_MILLIS));
  }

  private TokenVerifier verifier(int cacheEntries) {
    return new TokenVerifier(
        KeySource.of(
            List.of(
                VerificationKey.ofSecret("hs", JWSAlgorithm.HS256, SECRET),
                VerificationKey.ofEc("ec", null, (ECPublicKey) ec.getPublic()))),
        ClaimRules.of(CONFIG.auth()),
        CONFIG.limits().tokenBytes(),
        cacheEntries);
  }

  private static Verdict accepted(TokenVerifier verifier, String token) {
    Verdict verdict = verifier.verify(token, Samples.NOW_MILLIS);
    if (!(verdict instanceof Verdict.Accepted)) {
      throw new IllegalStateException("verdict: " + verdict + " (expected: accepted)");
    }
    return verdict;
  }

  @Benchmark
  public Verdict hit() {
    return accepted(caching, es256);
  }

  @Benchmark
  public Verdict missHs256() {
    return accepted(forgetting, hs256);
  }

  @Benchmark
  public Verdict missEs256() {
    return accepted(forgetting, es256);
  }
}
