package io.pushrod.server.auth;

import io.pushrod.server.config.AuthIssuer;
import io.pushrod.server.config.ConfigException;
import io.pushrod.server.config.ServerConfig;
import io.pushrod.server.metrics.MetricsRegistry;
import io.pushrod.server.metrics.ShardMetrics;
import java.net.URI;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// Makes a verifier of the `auth` section of a config, with everything that fetches keys.
///
/// **Thread:** one caller.
final class IssuerLoader {
  private final ServerConfig config;
  private final MetricsRegistry metrics;
  private final TokenCache cache;
  private final List<FetchedKeys> fetched = new ArrayList<>();
  private @Nullable HttpKeyFetcher fetcher;
  private @Nullable ShardMetrics counters;

  IssuerLoader(ServerConfig config, MetricsRegistry metrics) {
    this.config = config;
    this.metrics = metrics;
    this.cache = new TokenCache(config.auth().tokenCacheEntries());
  }

  /// @throws ConfigException when a key cannot be loaded, or there is none at all
  TokenVerifier load() {
    try {
      Issuers issuers = new Issuers(unnamed(), named());
      if (issuers.unnamed() == null
          && issuers.named().isEmpty()
          && !ApiKeyFile.exists(config.dataDir())) {
        throw new ConfigException(
            "auth.keys: [] (expected: at least one key or issuer, an API key made by pushrod key"
                + " create, or --dev for a secret of its own)");
      }
      fetchFirst();
      return new TokenVerifier(issuers, config.limits().tokenBytes(), cache, this::close);
    } catch (ConfigException e) {
      close();
      throw e;
    }
  }

  private @Nullable Issuer unnamed() {
    List<VerificationKey> keys = new ArrayList<>(KeyFiles.load(config.auth().keys()));
    if (config.dev()) {
      keys.add(DevSecret.loadOrCreate(config.dataDir()).verificationKey());
    }
    ClaimRules rules = ClaimRules.of(config.auth());
    return keys.isEmpty() ? null : Issuer.ofAnyAlgorithm(KeySource.of(keys), rules);
  }

  private Map<String, Issuer> named() {
    Map<String, Issuer> named = new HashMap<>();
    for (AuthIssuer entry : config.auth().issuers()) {
      ClaimRules rules = ClaimRules.of(config.auth(), entry);
      Issuer issuer = Issuer.of(entry, keys(entry), rules);
      if (entry.issuer().equals(config.auth().issuer())
          || named.put(entry.issuer(), issuer) != null) {
        throw new ConfigException(
            entry.where() + ".issuer: " + entry.issuer() + " (expected: each issuer once)");
      }
    }
    return Map.copyOf(named);
  }

  private KeySource keys(AuthIssuer entry) {
    URI url = entry.jwksUrl();
    return url == null ? KeySource.of(KeyFiles.load(entry.keys())) : fetched(entry.issuer(), url);
  }

  private FetchedKeys fetched(String issuer, URI url) {
    HttpKeyFetcher network = fetcher;
    ShardMetrics results = counters;
    if (network == null || results == null) {
      network = new HttpKeyFetcher(config.auth().jwks());
      results = metrics.shard();
      fetcher = network;
      counters = results;
    }
    ShardMetrics counting = results;
    FetchedKeys keys =
        new FetchedKeys(
            issuer,
            url,
            config.auth().jwks(),
            network,
            result -> counting.count(result.counter()),
            cache::clear);
    fetched.add(keys);
    return keys;
  }

  /// An issuer that does not answer holds up the start no longer than one fetch may take.
  private void fetchFirst() {
    if (fetched.isEmpty()) {
      return;
    }
    metrics.gauge(
        "pushrod_jwks_age_seconds",
        "Since when the oldest fetched key set is known to be its issuer's.",
        () ->
            TimeUnit.NANOSECONDS.toSeconds(
                fetched.stream().mapToLong(FetchedKeys::ageNanos).max().orElse(0)));
    CompletableFuture<?>[] answers =
        fetched.stream().map(FetchedKeys::start).toArray(CompletableFuture<?>[]::new);
    CompletableFuture.allOf(answers)
        .completeOnTimeout(null, config.auth().jwks().timeoutMillis(), TimeUnit.MILLISECONDS)
        .join();
  }

  private void close() {
    if (fetcher != null) {
      fetcher.close();
    }
  }
}
