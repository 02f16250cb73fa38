package io.pushrod.server.auth;

import io.pushrod.server.auth.Verdict.Accepted;
import io.pushrod.server.auth.Verdict.Reason;
import io.pushrod.server.auth.Verdict.Refused;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.MetricsRegistry;

/// Everything that somebody may come in with: signed tokens and API keys, unless they were revoked.
///
/// **Thread:** any, event loops too: nothing blocks.
public final class Credentials implements AutoCloseable {
  private final TokenVerifier tokens;
  private final ApiKeys keys;
  private final Revocations revocations;

  Credentials(TokenVerifier tokens, ApiKeys keys, Revocations revocations) {
    this.tokens = tokens;
    this.keys = keys;
    this.revocations = revocations;
  }

  /// Loads keys and revocations.
  ///
  /// @throws io.pushrod.server.config.ConfigException when one of them cannot be loaded, or there
  ///   is nothing that could let anybody in
  public static Credentials of(ServerConfig config, MetricsRegistry metrics) {
    return new Credentials(
        TokenVerifier.of(config, metrics),
        new ApiKeys(config.dataDir()),
        new Revocations(config.dataDir(), config.auth().revocationEntries()));
  }

  /// @param credential a token or an API key, wherever it came from
  /// @param nowMillis since the epoch
  public Verdict verify(String credential, long nowMillis) {
    Verdict verdict =
        ApiKey.isKey(credential)
            ? keys.verify(credential, nowMillis)
            : tokens.verify(credential, nowMillis);
    return verdict instanceof Accepted accepted ? check(accepted) : verdict;
  }

  /// The same identity unless it was revoked: for one that acts in another tenant than its own.
  public Verdict check(Accepted accepted) {
    return revocations.covers(accepted.identity()) ? new Refused(Reason.REVOKED) : accepted;
  }

  /// Stops fetching the keys of issuers.
  @Override
  public void close() {
    tokens.close();
  }

  ApiKeys keys() {
    return keys;
  }

  Revocations revocations() {
    return revocations;
  }
}
